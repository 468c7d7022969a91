"""The REST half of the exchange, one file per family of calls."""

from data.simulator.rest import (
    calendar,
    candles,
    charges,
    instruments,
    login,
    open_interest,
    options,
    orders,
    portfolio,
    quotes,
)

FAMILIES = (
    login,
    instruments,
    quotes,
    options,
    candles,
    calendar,
    open_interest,
    charges,
    orders,
    portfolio,
)
