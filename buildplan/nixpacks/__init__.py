"""The command line of Nixpacks 1.41, word for word, on buildplan's plans."""
