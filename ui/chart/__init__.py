"""The chart page's own logic: bars to messages, moments, lines and marks; no widget."""
