"""Renderings of a plan: each turns finished values into text and decides nothing."""
