"""Readers of files: each turns one format into values with origins."""
