"""What the page of signals says, without a widget."""
