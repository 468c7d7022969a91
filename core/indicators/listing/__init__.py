"""The entries of the registry, one module per group."""
