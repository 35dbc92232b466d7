"""Whether a Dockerfile of the tree, ours or anybody's, still agrees with the code beside it."""
