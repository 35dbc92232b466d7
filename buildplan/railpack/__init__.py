"""The calls of Railpack that a Dockerfile can serve."""
