"""The trade journal: round trips, trades and their statistics, told from fills alone."""
