"""Relative strength: buys weakness that turns, and leaves when strength is back."""

from core.strategies.strategy import Context, Setup, Strategy, parameter


class RsiTurn(Strategy):
    title = "RSI"
    words = (
        "Buys when the relative strength index comes back above its lower level and leaves above"
        " the upper one; a stop at a share of the price bounds the loss."
    )

    length: int = parameter("Length", 14, low=2, high=100, step=1)
    lower: float = parameter("Lower level", 30.0, low=5, high=50, step=5)
    upper: float = parameter("Upper level", 60.0, low=40, high=95, step=5)
    stop: float = parameter("Stop, %", 2.0, low=0.1, high=50, step=0.5)
    lots: int = parameter("Lots", 1, low=1, high=1_000, step=1)

    def init(self, setup: Setup) -> None:
        self.strength = setup.line("rsi", length=self.length)
        self.paid = 0.0

    def on_bar(self, desk: Context) -> None:
        strength = self.strength
        if desk.units > 0:
            if strength.now > self.upper or desk.close < self.paid * (1 - self.stop / 100):
                desk.target(0)
        elif strength.before < self.lower <= strength.now:
            desk.target(self.lots * desk.lot)
            self.paid = desk.close
