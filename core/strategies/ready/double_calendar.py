"""The double calendar: one calendar spread of calls above the money, one of puts below it."""

from core.strategies.leg_plan import LegPlan, Pick
from core.strategies.option_forms import CALL, PUT, CarriedLegs, bought, sold
from core.strategies.strategy import parameter


class DoubleCalendar(CarriedLegs):
    title = "Double calendar"
    words = (
        "Sells a call and a put out of the money of the near expiry by their delta, and buys the"
        " same strikes of the next one; all go on the near one's last day."
    )

    delta: float = parameter("Delta of what is sold", 0.3, low=0.05, high=0.5, step=0.05)

    def plan(self) -> LegPlan:
        return self.carried_plan(
            sold(CALL, self.lots, Pick.DELTA, self.delta),
            sold(PUT, self.lots, Pick.DELTA, self.delta),
            bought(CALL, self.lots, Pick.LIKE, 0, of=0, expiry=1),
            bought(PUT, self.lots, Pick.LIKE, 0, of=1, expiry=1),
        )
