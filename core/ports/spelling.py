"""How an order is spelt out for whoever takes it: his own names and values, before it is sent."""

from collections.abc import Callable, Mapping

from core.trading.requests import OrderRequest

Spelling = Callable[[OrderRequest], Mapping[str, str | int | float | bool]]
"""What will be sent of an order, but for our number, which is made when it is."""
