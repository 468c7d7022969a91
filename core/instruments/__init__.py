"""What is traded, when, and what the market says of it."""
