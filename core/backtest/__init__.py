"""Strategies on the past: engines, results, and the runs that are kept."""
