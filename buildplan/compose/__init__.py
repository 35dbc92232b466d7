"""From claims to one plan: who takes part, and what the configuration changes."""
