"""What the pages of backtests say and draw, without a widget."""
