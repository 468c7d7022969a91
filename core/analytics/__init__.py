"""Numbers from numbers: open interest, PCR, max pain, expected move."""
