"""The files of a whole repository: a Dockerfile for each app, the compose file and the bake file around them."""
