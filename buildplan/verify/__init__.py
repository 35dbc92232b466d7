"""Proof that an image works: build it, run it, ask it, stop it, and name the cause when it does not."""
