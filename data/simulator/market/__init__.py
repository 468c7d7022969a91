"""The simulated market: what trades, when, and at which prices, as a function of seed and time."""

from data.simulator.market.flow import Ladder, Prints, Tops
from data.simulator.market.margin import Held, Margin
from data.simulator.market.market import Market
from data.simulator.market.records import Bars, Contract, Holiday, Quotes, Session

__all__ = [
    "Bars",
    "Contract",
    "Held",
    "Holiday",
    "Ladder",
    "Margin",
    "Market",
    "Prints",
    "Quotes",
    "Session",
    "Tops",
]
