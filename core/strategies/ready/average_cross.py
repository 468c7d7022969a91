"""Two averages: long while the fast one is above the slow one."""

from typing import ClassVar

from core.strategies.strategy import Context, Setup, Strategy, parameter


class AverageCross(Strategy):
    """Subclass it with the name of an indicator."""

    average: ClassVar[str]

    fast: int = parameter("Fast", 10, low=2, high=200, step=2)
    slow: int = parameter("Slow", 30, low=3, high=400, step=5)
    lots: int = parameter("Lots", 1, low=1, high=1_000, step=1)
    below: str = parameter("Below", "flat", choices=("flat", "short"))

    def init(self, setup: Setup) -> None:
        self.quick = setup.line(self.average, length=self.fast)
        self.calm = setup.line(self.average, length=self.slow)

    def on_bar(self, desk: Context) -> None:
        quick, calm = self.quick, self.calm
        if quick.now > calm.now:
            if quick.before <= calm.before:
                desk.target(self.lots * desk.lot)
        elif quick.now < calm.now and quick.before >= calm.before:
            desk.target(-self.lots * desk.lot if self.below == "short" else 0)
