"""What the journal page says: filters, lines and files, without widgets."""
