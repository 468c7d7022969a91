"""Strategies on the screen: what they are and do now in words, and what can be changed of them."""
