"""The built-in providers, imported as `buildplan.providers`; one module or package for each language."""
