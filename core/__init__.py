"""What we know and decide: no socket, no SQL, no widget."""
