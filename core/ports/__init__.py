"""Doors in the wall: what core asks of the outside world."""
