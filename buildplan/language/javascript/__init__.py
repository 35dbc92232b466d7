"""What Node and Deno share: code, entry files, registries and install scripts of npm packages."""
