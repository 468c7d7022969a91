"""The calendar spread: an option of the near expiry sold against the same of the next."""

from core.strategies.leg_plan import LegPlan, Pick
from core.strategies.option_forms import CALL, PUT, CarriedLegs, bought, sold
from core.strategies.strategy import parameter


class CalendarSpread(CarriedLegs):
    title = "Calendar spread"
    words = (
        "Sells an option of the near expiry and buys the same strike of the next one; both go on"
        " the near one's last day, and the next pair is taken up."
    )

    side: str = parameter("With", "calls", choices=("calls", "puts"))
    shift: int = parameter("Strikes out of the money", 0, low=-20, high=20, step=1)

    def plan(self) -> LegPlan:
        right = CALL if self.side == "calls" else PUT
        return self.carried_plan(
            sold(right, self.lots, Pick.STRIKES, self.shift),
            bought(right, self.lots, Pick.LIKE, 0, of=0, expiry=1),
        )
