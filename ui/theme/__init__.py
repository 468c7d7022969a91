"""Colours, formats and style."""
