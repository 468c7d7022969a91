"""The iron fly: a straddle sold at the money between two wings."""

from core.strategies.leg_plan import LegPlan, Pick
from core.strategies.option_forms import CALL, PUT, DayLegs, bought, sold
from core.strategies.strategy import parameter


class IronFly(DayLegs):
    title = "Iron fly"
    words = "Sells call and put at the money, and buys wings on both sides first."

    width: float = parameter("Wings away by, ₹", 200.0, low=1, high=5_000, step=50)
    stop: float = parameter("Stop together, %", 30.0, low=0, high=500, step=5)

    def plan(self) -> LegPlan:
        return self.day_plan(
            sold(CALL, self.lots, Pick.STRIKES, 0),
            sold(PUT, self.lots, Pick.STRIKES, 0),
            bought(CALL, self.lots, Pick.WIDTH, self.width, of=0),
            bought(PUT, self.lots, Pick.WIDTH, self.width, of=1),
        )
