"""Downloads that are not the broker."""
