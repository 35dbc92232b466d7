"""Python apps as container tests."""

from __future__ import annotations

from container_case import Case

CASES = (
    Case("python-flask-gunicorn", "app.py"),
    Case("python-fastapi-uv", "main.py"),
)
