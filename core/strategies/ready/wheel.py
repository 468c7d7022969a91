"""The wheel: puts sold until one is exercised, then calls sold on what was got, until called."""

from core.strategies.leg_adjust import legs_of
from core.strategies.leg_plan import LegPlan, LegRule, Pick
from core.strategies.legs import Leg
from core.strategies.option_forms import CALL, PUT, CarriedLegs, bought, sold
from core.strategies.strategy import Context, Setup, parameter


class Wheel(CarriedLegs):
    title = "Wheel"
    words = (
        "Sells a put by its delta and holds it to expiry. Where it ends in the money the underlying"
        " is taken (a call bought and a put sold at the money stand in for it) and a call is sold"
        " on it, until one ends in the money; then puts again."
    )

    delta: float = parameter("Delta of what is sold", 0.3, low=0.05, high=0.5, step=0.05)

    def init(self, setup: Setup) -> None:
        self._owns = False
        super().init(setup)

    def plan(self) -> LegPlan:
        return self.carried_plan(sold(PUT, self.lots, Pick.DELTA, self.delta), roll=None)

    def choose(self, desk: Context) -> list[tuple[LegRule, Leg]]:
        if not self._owns:
            return super().choose(desk)
        rules = (
            bought(CALL, self.lots, Pick.STRIKES, 0, days=self.days),
            sold(PUT, self.lots, Pick.LIKE, 0, of=0, days=self.days),
            sold(CALL, self.lots, Pick.DELTA, self.delta, days=self.days),
        )
        return legs_of(desk, rules)

    def on_day_end(self, desk: Context) -> None:
        """What ends today decides with what it goes on."""
        ending = [leg for leg in self.held_to_the_end if leg.expiry == desk.day]
        if ending and ending[-1].strike is not None:  # the last is the option that was sold
            self._owns = not desk.close >= ending[-1].strike
