"""Supertrend: with the trend, turning where the price closes beyond its line."""

from core.strategies.strategy import Context, Setup, Strategy, parameter


class SupertrendTurn(Strategy):
    title = "Supertrend"
    words = "Long while the price closes above the Supertrend line, short (or flat) below it."

    length: int = parameter("Length", 10, low=2, high=100, step=1)
    multiplier: float = parameter("Multiplier", 3.0, low=0.5, high=10, step=0.5)
    lots: int = parameter("Lots", 1, low=1, high=1_000, step=1)
    below: str = parameter("Below", "short", choices=("flat", "short"))

    def init(self, setup: Setup) -> None:
        self.line = setup.line("supertrend", "line", length=self.length, multiplier=self.multiplier)
        self.rose: bool | None = None

    def on_bar(self, desk: Context) -> None:
        line = self.line.now
        if line != line:
            return
        rises = desk.close > line
        if rises is self.rose:
            return
        if self.rose is not None:  # the first trend began before anybody looked
            short = -self.lots * desk.lot if self.below == "short" else 0
            desk.target(self.lots * desk.lot if rises else short)
        self.rose = rises
