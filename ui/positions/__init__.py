"""What the positions page is made of: rows, payoff of what is held, doors to what can be done."""
