"""The order book's own logic: words, lines, filters, sorting; no widget."""
