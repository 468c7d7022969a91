"""Two exponential averages: long while the fast one is above the slow one."""

from core.strategies.ready.average_cross import AverageCross
from core.strategies.strategy import parameter


class EmaCross(AverageCross):
    title = "EMA cross"
    words = (
        "Buys when the fast exponential average crosses above the slow one, and turns round (or"
        " goes flat) when it crosses below."
    )
    average = "ema"

    fast: int = parameter("Fast", 9, low=2, high=200, step=2)
    slow: int = parameter("Slow", 21, low=3, high=400, step=5)
