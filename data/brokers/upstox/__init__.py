"""Upstox behind our ports: login, HTTP, feed, mapping."""
