"""The iron condor: a strangle sold, and wings bought first, so that the loss has an end."""

from core.strategies.leg_plan import LegPlan, Pick, RollTested
from core.strategies.option_forms import CALL, PUT, DayLegs, bought, sold
from core.strategies.strategy import parameter


class IronCondor(DayLegs):
    title = "Iron condor"
    words = (
        "Sells a call and a put out of the money by their delta, and buys wings farther out first:"
        " the loss ends there."
    )

    delta: float = parameter("Delta of what is sold", 0.25, low=0.05, high=0.5, step=0.05)
    width: float = parameter("Wings farther out by, ₹", 200.0, low=1, high=5_000, step=50)
    stop: float = parameter("Stop together, %", 50.0, low=0, high=500, step=5)
    tested: float = parameter("Rolls a leg at a delta of, 0 = never", 0.0, low=0, high=1, step=0.05)

    def plan(self) -> LegPlan:
        return self.day_plan(
            sold(CALL, self.lots, Pick.DELTA, self.delta),
            sold(PUT, self.lots, Pick.DELTA, self.delta),
            bought(CALL, self.lots, Pick.WIDTH, self.width, of=0),
            bought(PUT, self.lots, Pick.WIDTH, self.width, of=1),
            tested=RollTested(delta=self.tested) if self.tested else None,
        )
