"""Downloads: what was asked for, in which pieces, and what we have of it."""
