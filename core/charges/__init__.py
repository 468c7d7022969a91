"""What trading costs: brokerage, taxes and fees, by dated rates."""
