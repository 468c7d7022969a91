"""Repositories over SQLModel rows; they fill the ports."""
