"""The delta-hedged straddle: volatility sold, and its direction taken out again and again."""

from core.strategies.leg_plan import Hedge, LegPlan, Pick
from core.strategies.option_forms import CALL, PUT, DayLegs, sold
from core.strategies.strategy import parameter


class HedgedStraddle(DayLegs):
    title = "Delta-hedged straddle"
    words = (
        "Sells call and put at the money; where their delta leaves its band it is taken back with"
        " synthetic futures at the money, in whole lots."
    )

    lots: int = parameter("Lots", 4, low=1, high=500, step=1)
    band: float = parameter("Band, lots of delta", 0.75, low=0.5, high=50, step=0.25)
    minutes: int = parameter("Looked at every, minutes", 5, low=1, high=60, step=1)
    stop: float = parameter("Stop together, %", 40.0, low=0, high=500, step=5)

    def plan(self) -> LegPlan:
        return self.day_plan(
            sold(CALL, self.lots, Pick.STRIKES, 0),
            sold(PUT, self.lots, Pick.STRIKES, 0),
            hedge=Hedge(band=self.band, minutes=self.minutes),
        )
