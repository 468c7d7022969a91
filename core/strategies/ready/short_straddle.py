"""The short straddle: call and put at the money, sold in the morning and bought back by evening."""

from core.strategies.leg_plan import LegPlan, Pick
from core.strategies.option_forms import CALL, PUT, DayLegs, sold
from core.strategies.strategy import parameter


class ShortStraddle(DayLegs):
    title = "Short straddle"
    words = (
        "Sells call and put at the money and buys them back in the evening, or a leg when its"
        " premium has risen by its stop. The loss is unlimited where a stop is jumped over."
    )

    leg_stop: float = parameter("Stop of a leg, %", 30.0, low=0, high=500, step=5)
    shift: int = parameter("Strikes above the money", 0, low=-20, high=20, step=1)

    def plan(self) -> LegPlan:
        return self.day_plan(
            sold(CALL, self.lots, Pick.STRIKES, self.shift),
            sold(PUT, self.lots, Pick.STRIKES, -self.shift),
        )
