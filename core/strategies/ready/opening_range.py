"""The opening range: follows the first close beyond it, and is out by the evening."""

from datetime import time, timedelta

from core.errors import RuleBroken
from core.strategies.strategy import Context, Filled, Setup, Strategy, parameter


class OpeningRange(Strategy):
    title = "Opening-range breakout"
    words = (
        "Follows the first close beyond the range of the day's first minutes, once a day. The stop"
        " is at the range's other side, the target a multiple of what is at stake."
    )

    minutes: int = parameter("Range, minutes", 15, low=1, high=180, step=5)
    reward: float = parameter("Target, times the risk", 2.0, low=0.25, high=20, step=0.25)
    sides: str = parameter("Sides", "both", choices=("both", "long", "short"))
    leave: str = parameter("Out by", "15:10")
    lots: int = parameter("Lots", 1, low=1, high=1_000, step=1)

    def init(self, setup: Setup) -> None:
        try:
            self.out = time.fromisoformat(self.leave)
        except ValueError as problem:
            raise RuleBroken(f"Out by {self.leave!r}: it takes an hour such as 15:10.") from problem

    def on_day(self, desk: Context) -> None:
        self.until = desk.now + timedelta(minutes=self.minutes)
        self.high, self.low = float("-inf"), float("inf")
        self.entry = 0
        self.stops: list[int] = []
        self.targets: list[int] = []

    def on_bar(self, desk: Context) -> None:
        now = desk.now
        if now <= self.until:
            self.high, self.low = max(self.high, desk.high), min(self.low, desk.low)
        elif now.time() >= self.out:
            self._leave(desk)
        elif not self.entry and self.high > self.low:
            self._enter(desk)

    def on_fill(self, desk: Context, fill: Filled) -> None:
        """The entry brings its stop and its target; whichever is filled takes off the other."""
        if fill.order == self.entry:
            self._protect(desk, fill)
        elif fill.order in self.stops:
            _cancel(desk, self.targets)
        elif fill.order in self.targets:
            _cancel(desk, self.stops)

    def _protect(self, desk: Context, fill: Filled) -> None:
        way = 1 if fill.units > 0 else -1
        stop = self.low if way > 0 else self.high
        target = fill.price + self.reward * abs(fill.price - stop) * way
        self.stops.append(desk.order(fill.key, -fill.units, stop=stop))
        if target > 0:
            self.targets.append(desk.order(fill.key, -fill.units, limit=target))

    def _enter(self, desk: Context) -> None:
        if desk.close > self.high and self.sides != "short":
            self.entry = desk.target(self.lots * desk.lot)
        elif desk.close < self.low and self.sides != "long":
            self.entry = desk.target(-self.lots * desk.lot)

    def _leave(self, desk: Context) -> None:
        _cancel(desk, [*self.stops, *self.targets])
        desk.target(0)


def _cancel(desk: Context, orders: list[int]) -> None:
    for order in orders:
        desk.cancel(order)
