"""The paper account: orders filled in-process, by the market's own quotes and trades."""
