"""Black-76 prices, implied volatility and Greeks, over whole chains."""
