"""Orders good till triggered on screen: the form, and how they are told."""
