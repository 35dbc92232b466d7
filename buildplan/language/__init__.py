"""The engine between the core and the providers: the contract, and what all languages share."""
