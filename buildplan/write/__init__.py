"""Writing generated files and merging them with a person's edits."""
