"""From a plan to stages and instructions."""
