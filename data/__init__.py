"""The outside world: everything that does I/O."""
