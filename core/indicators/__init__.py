"""Indicators: arrays in, arrays of the same length out, oldest bar first."""
