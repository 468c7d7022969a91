"""Two simple averages: long while the fast one is above the slow one."""

from core.strategies.ready.average_cross import AverageCross


class SmaCross(AverageCross):
    title = "SMA cross"
    words = (
        "Buys when the fast simple average crosses above the slow one, and turns round (or goes"
        " flat) when it crosses below."
    )
    average = "sma"
