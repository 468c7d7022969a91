"""What is true now, in memory."""
