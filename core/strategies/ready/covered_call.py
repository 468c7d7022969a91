"""The covered call: the underlying held, and a call on it sold each expiry."""

from core.strategies.leg_plan import LegPlan, Pick
from core.strategies.option_forms import CALL, PUT, CarriedLegs, bought, sold
from core.strategies.strategy import parameter


class CoveredCall(CarriedLegs):
    title = "Covered call"
    words = (
        "Holds the underlying and sells a call out of the money, expiry after expiry. An index"
        " cannot be held: a call bought and a put sold at the money stand in for it."
    )

    delta: float = parameter("Delta of the call", 0.3, low=0.05, high=0.5, step=0.05)

    def plan(self) -> LegPlan:
        return self.carried_plan(
            bought(CALL, self.lots, Pick.STRIKES, 0),
            sold(PUT, self.lots, Pick.LIKE, 0, of=0),
            sold(CALL, self.lots, Pick.DELTA, self.delta),
        )
