"""Verticals: two calls or two puts of one expiry, for a view up or down."""

from core.strategies.leg_plan import LegPlan, Pick
from core.strategies.option_forms import CALL, PUT, DayLegs, bought, sold
from core.strategies.strategy import parameter


class Vertical(DayLegs):
    title = "Vertical spread"
    words = (
        "Up or down, for a debit or a credit: one option by its delta, and one farther out that"
        " pays for it or protects it."
    )

    view: str = parameter("View", "up", choices=("up", "down"))
    kind: str = parameter("For a", "credit", choices=("credit", "debit"))
    delta: float = parameter("Delta of the nearer", 0.4, low=0.05, high=0.5, step=0.05)
    width: float = parameter("The other farther out by, ₹", 200.0, low=1, high=5_000, step=50)
    stop: float = parameter("Stop together, %", 50.0, low=0, high=500, step=5)

    def plan(self) -> LegPlan:
        credit = self.kind == "credit"
        right = CALL if (self.view == "up") is not credit else PUT
        nearer, farther = (sold, bought) if credit else (bought, sold)
        return self.day_plan(
            nearer(right, self.lots, Pick.DELTA, self.delta),
            farther(right, self.lots, Pick.WIDTH, self.width, of=0),
        )
