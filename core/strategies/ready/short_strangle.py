"""The short strangle: a call and a put out of the money, sold for the day."""

from core.strategies.leg_plan import LegPlan, Pick, RollTested
from core.strategies.option_forms import CALL, PUT, DayLegs, sold
from core.strategies.strategy import parameter

PICKS = (Pick.DELTA, Pick.PREMIUM, Pick.STRIKES, Pick.PERCENT)


class ShortStrangle(DayLegs):
    title = "Short strangle"
    words = (
        "Sells a call and a put out of the money, found by delta, premium or distance, with a stop"
        " for each. A tested side can be rolled away again."
    )

    by: str = parameter("Strikes by", "delta", choices=PICKS)
    value: float = parameter("Delta, premium or distance", 0.25, low=0.01, high=1_000)
    leg_stop: float = parameter("Stop of a leg, %", 50.0, low=0, high=500, step=5)
    tested: float = parameter("Rolls a leg at a delta of, 0 = never", 0.0, low=0, high=1, step=0.05)

    def plan(self) -> LegPlan:
        pick = Pick(self.by)
        return self.day_plan(
            sold(CALL, self.lots, pick, self.value),
            sold(PUT, self.lots, pick, self.value),
            tested=RollTested(delta=self.tested) if self.tested else None,
        )
