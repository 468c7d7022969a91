"""SQLModel rows, one file per aggregate."""
