"""The REST half of the exchange, one file per family of calls."""

from data.simulator.rest import (
    baskets,
    calendar,
    candles,
    charges,
    fundamentals,
    funds,
    gtt,
    instruments,
    login,
    open_interest,
    options,
    orders,
    portfolio,
    quotes,
    reports,
    safety,
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
    baskets,
    gtt,
    funds,
    fundamentals,
    safety,
    reports,
)
