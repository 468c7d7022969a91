"""The ratio spread: one option bought, more of them sold farther out."""

from core.strategies.leg_plan import LegPlan, Pick
from core.strategies.option_forms import CALL, PUT, DayLegs, bought, sold
from core.strategies.strategy import parameter


class RatioSpread(DayLegs):
    title = "Ratio spread"
    words = (
        "Buys one option near the money and sells more of them farther out. Beyond what is sold"
        " the loss is unlimited."
    )

    side: str = parameter("With", "calls", choices=("calls", "puts"))
    delta: float = parameter("Delta of what is bought", 0.45, low=0.05, high=0.5, step=0.05)
    width: float = parameter("Sold farther out by, ₹", 200.0, low=1, high=5_000, step=50)
    times: int = parameter("Sold for each bought", 2, low=2, high=5, step=1)
    stop_rupees: float = parameter("Stop together, ₹", 5_000.0, low=0)

    def plan(self) -> LegPlan:
        right = CALL if self.side == "calls" else PUT
        return self.day_plan(
            bought(right, self.lots, Pick.DELTA, self.delta),
            sold(right, self.times * self.lots, Pick.WIDTH, self.width, of=0),
        )
