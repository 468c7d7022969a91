"""The order ticket behind its screen: its form, what it looks at, what it shows."""
