"""What may go wrong and what must be put up for it: margin."""
