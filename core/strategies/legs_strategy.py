"""A strategy told by its plan: legs, hours, stops, re-entries, adjustments, hedges and rolls.

It judges at each minute's end, with the very rules that the desk's live strategies are kept by
(`core.trading.exit_rules`), and asks for market orders.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from core.errors import RuleBroken
from core.strategies.leg_adjust import hedges, legs_of, tested
from core.strategies.leg_book import (
    LegBook,
    OpenLeg,
    opened,
    sells_last,
)
from core.strategies.leg_plan import AfterLeg, Hold, LegPlan, LegRule, days_left, leaves_at
from core.strategies.legs import Leg
from core.strategies.strategy import Context, Filled, Setup, Strategy
from core.trading.exit_rules import (
    Exit,
    ExitRules,
    Goal,
    Measure,
    Numbers,
    Phase,
    Reenter,
    RuleState,
    Strikes,
    Trigger,
    after_entry,
    after_exit,
    armed,
    decide,
    is_due,
)

PATIENCE: Final = timedelta(minutes=5)
"""So long an entry may take; then what was filled is closed again."""
AT_COST: Final = Goal(0.05, Measure.PREMIUM)
"""The stop of a leg that may not lose any more: one tick."""
ENTRY: Final = "entry"
HEDGE: Final = "hedge"


class LegsStrategy(Strategy):
    """Subclass it, declare parameters, and tell the `plan` that they make."""

    def plan(self) -> LegPlan:
        raise NotImplementedError

    def init(self, setup: Setup) -> None:
        self._plan = self.plan()
        self._measured = bool(self._plan.rules.measures)
        self._leaves_by(self._plan.leave)
        self._book, self._state = LegBook(), RuleState()
        self._chosen: list[Leg] = []
        self._chosen_by: list[LegRule] = []
        self._began: datetime | None = None
        self._again = False
        self._rolled = 0
        self._said = ""
        setup.chains(expiries=self._plan.expiries)

    @property
    def held_to_the_end(self) -> list[Leg]:
        """The legs as they were chosen last, where no rule has closed them."""
        return self._chosen if self._state.fired is None else []

    # Events

    def on_day(self, desk: Context) -> None:
        self._said, self._rolled = "", 0
        self._leaves_by(leaves_at(self._plan, desk.closes_at))
        self._book.expire(desk.now)
        self._book.day_over()
        if not self._book.open:
            self._book.clear()
            self._state = RuleState()

    def on_fill(self, desk: Context, fill: Filled) -> None:
        self._book.fill(fill)

    def on_refused(self, desk: Context, order: int, why: str) -> None:
        """A way out is tried again with the next minute; an entry is given up after a while."""
        self._book.refuse(order)
        self._say(desk, f"refused: {why}")

    def on_minute(self, desk: Context) -> None:
        self._book.expire(desk.now)
        phase = self._state.phase
        if phase is Phase.ENTERING:
            self._entering(desk)
        elif phase is Phase.EXITING:
            self._exiting(desk)
        if self._state.phase is Phase.ARMED:
            self._watch(desk)
        elif self._state.phase is Phase.WAITING:
            self._wait(desk)
        elif self._state.phase is Phase.DISARMED and self._due(desk):
            self._enter(desk)

    def _leaves_by(self, at: time) -> None:
        self._leave_at = at
        self._last_day_rules = replace(self._plan.rules, square_off=at)

    # In

    def _due(self, desk: Context) -> bool:
        plan, now = self._plan, desk.now
        at = now.time()
        last = self._leave_at
        if plan.hold is Hold.EXPIRY:
            last = desk.closes_at.astimezone(now.tzinfo).time()
        if not plan.enter <= at < last or now.weekday() not in plan.weekdays:
            return False
        return now < desk.closes_at

    def _enter(self, desk: Context) -> None:
        """Choose the strikes and send the orders; where a chain is not known, try again."""
        try:
            legs = self.choose(desk)
        except RuleBroken as problem:
            self._say(desk, f"not entered yet: {problem}")
            return
        left = days_left(legs[0][1].expiry, desk.day)
        rolled = self._plan.roll if self._plan.hold is Hold.EXPIRY else None
        if not self._plan.least <= left <= self._plan.most or (
            rolled is not None and left <= rolled
        ):
            return
        self._begin(desk, legs, again=False)

    def choose(self, desk: Context) -> list[tuple[LegRule, Leg]]:
        """The legs to enter now; raises RuleBroken where they cannot be had."""
        return legs_of(desk, self._plan.legs)

    def _begin(self, desk: Context, legs: list[tuple[LegRule, Leg]], *, again: bool) -> None:
        fresh = [opened(rule, leg) for rule, leg in legs]
        self._chosen_by, self._chosen = [rule for rule, _ in legs], [leg for _, leg in legs]
        self._began, self._again = desk.now, again
        self._state = replace(self._state, phase=Phase.ENTERING)
        self._book.open_more(desk, fresh, ENTRY)

    def _entering(self, desk: Context) -> None:
        if self._book.settled:
            self._arm(desk)
        elif self._began is None or desk.now - self._began >= PATIENCE:
            desk.note("not all legs were filled: what was is closed again")
            self._book.give_up(desk)
            self._state = replace(self._state, phase=Phase.EXITING)
            self._close(desk, self._book.legs, "incomplete")

    def _arm(self, desk: Context) -> None:
        """Watch the whole and each leg from now on, as soon as it is known what they are worth."""
        numbers, rules = self._book.numbers(desk), self._rules(desk)
        try:
            fresh = RuleState(phase=Phase.ARMED, armed_at=desk.now)
            if rules.any and not is_due(rules.square_off, desk.now):
                fresh = armed(rules, RuleState(), numbers, desk.now, desk.close)
        except RuleBroken as problem:
            self._say(desk, f"not watched yet: {problem}")
            return
        self._state = (
            after_entry(self._state, numbers, desk.now, desk.close) if self._again else fresh
        )
        for leg in self._book.open:
            self._arm_leg(desk, leg)

    def _arm_leg(self, desk: Context, leg: OpenLeg) -> None:
        """Where its price is not known now, a later minute does it."""
        if leg.state.phase is Phase.DISARMED and leg.rules.any:
            again = leg.state.reentries
            with suppress(RuleBroken):
                fresh = armed(leg.rules, RuleState(), leg.numbers(desk), desk.now)
                leg.state = replace(fresh, reentries=again)

    def _rules(self, desk: Context) -> ExitRules:
        """The plan's, with its hour where this is the day to leave."""
        return self._last_day_rules if self._leaves_today(desk) else self._plan.rules

    def _leaves_today(self, desk: Context) -> bool:
        plan = self._plan
        if plan.hold is Hold.DAY:
            return True
        ends = [leg.leg.expiry for leg in self._book.open]
        return plan.roll is not None and bool(ends) and days_left(min(ends), desk.day) <= plan.roll

    # Between

    def _watch(self, desk: Context) -> None:
        if not self._book.open:  # all of it has expired
            self._state = replace(self._state, phase=Phase.DONE)
            return
        rules = self._rules(desk)
        if rules.any:
            numbers = self._book.numbers(desk) if self._measured else Numbers()
            self._state, action = decide(rules, self._state, numbers, desk.now, trading=True)
            if isinstance(action, Exit):
                self._leave(desk, str(action.trigger), action.words)
                return
        self._watch_legs(desk)
        if self._state.phase is Phase.ARMED:
            self._adjust(desk)

    def _watch_legs(self, desk: Context) -> None:
        for leg in list(self._book.legs):
            if leg.state.phase is Phase.DISARMED and leg.open and leg.settled:
                self._arm_leg(desk, leg)
            elif leg.state.phase is Phase.EXITING:
                self._leaving_leg(desk, leg)
            elif leg.state.phase in (Phase.ARMED, Phase.WAITING):
                self._watch_leg(desk, leg)
            if self._state.phase is not Phase.ARMED:
                return

    def _leaving_leg(self, desk: Context, leg: OpenLeg) -> None:
        if leg.open:  # what was not filled yesterday is sent again
            self._book.order(desk, leg, "stop")
        else:
            leg.state = after_exit(leg.rules, leg.state, desk.now)

    def _watch_leg(self, desk: Context, leg: OpenLeg) -> None:
        numbers = leg.numbers(desk)
        leg.state, action = decide(leg.rules, leg.state, numbers, desk.now, trading=True)
        if isinstance(action, Reenter):
            self._enter_again(desk, leg)
        elif isinstance(action, Exit):
            desk.note(f"{leg.leg.title}: {action.trigger}, {action.words}")
            self._close(desk, [leg], str(action.trigger))
            self._after_leg(desk, leg)

    def _after_leg(self, desk: Context, gone: OpenLeg) -> None:
        if self._plan.after_leg is AfterLeg.ALL:
            self._leave(desk, "with the other", f"{gone.leg.title} has left")
        elif self._plan.after_leg is AfterLeg.COST:
            for leg in self._book.open:
                if leg is not gone and leg.state.phase is Phase.ARMED:
                    leg.rules = replace(leg.rules, stop=AT_COST)

    def _enter_again(self, desk: Context, gone: OpenLeg) -> None:
        """The leg anew, at the same strike or by its rule; it counts the times on."""
        again = gone.rules.reentry
        leg = gone.leg
        if again is not None and again.strikes is Strikes.AT_THE_MONEY:
            try:
                leg = gone.rule.leg(desk.chain(gone.leg.expiry), self._chosen)
            except RuleBroken as problem:
                self._say(desk, f"not entered again: {problem}")
                gone.state = replace(gone.state, phase=Phase.WAITING)
                return
        fresh = opened(gone.rule, leg)
        fresh.rules = gone.rules
        fresh.state = RuleState(reentries=gone.state.reentries + 1)
        gone.state = replace(gone.state, phase=Phase.DONE)
        self._book.open_more(desk, [fresh], "re-entry")

    # Adjusting

    def _adjust(self, desk: Context) -> None:
        tested, hedge = self._plan.tested, self._plan.hedge
        if tested is not None and self._rolled < tested.times:
            self._roll_tested(desk, tested.delta)
        if hedge is not None and desk.now.minute % hedge.minutes == 0:
            self._book.open_more(desk, hedges(desk, self._book, hedge.band), HEDGE)

    def _roll_tested(self, desk: Context, most: float) -> None:
        leg = tested(desk, self._book, most)
        if leg is None:
            return
        try:
            anew = leg.rule.leg(desk.chain(leg.leg.expiry), self._chosen)
        except RuleBroken as problem:
            self._say(desk, f"{leg.leg.title} is not rolled: {problem}")
            return
        if anew.key != leg.leg.key:
            self._rolled += 1
            desk.note(f"{leg.leg.title} is tested: rolled to {anew.title}")
            self._close(desk, [leg], "roll")
            leg.state = replace(leg.state, phase=Phase.DONE)
            self._book.open_more(desk, [opened(leg.rule, anew)], "roll")

    # Out

    def _leave(self, desk: Context, trigger: str, words: str) -> None:
        desk.note(f"leaves: {trigger}, {words}")
        self._state = replace(self._state, phase=Phase.EXITING)
        self._book.give_up(desk)
        self._close(desk, self._book.legs, trigger)

    def _close(self, desk: Context, legs: list[OpenLeg], tag: str) -> None:
        """What was sold is bought back first."""
        for leg in legs:
            leg.goal = 0
        for leg in sells_last(legs):
            self._book.order(desk, leg, tag)

    def _exiting(self, desk: Context) -> None:
        if self._book.open:
            self._close(desk, self._book.legs, "exit")  # what was not filled yesterday
            return
        self._state = after_exit(self._plan.rules, self._state, desk.now)
        if self._plan.hold is Hold.EXPIRY and self._state.fired is Trigger.SQUARE_OFF:
            self._book.clear()
            self._state = RuleState()

    def _wait(self, desk: Context) -> None:
        rules = self._rules(desk)
        self._state, action = decide(
            rules, self._state, self._book.numbers(desk), desk.now, trading=True
        )
        if not isinstance(action, Reenter):
            return
        again = self._plan.rules.reentry
        try:
            if again is not None and again.strikes is Strikes.SAME:
                legs = list(zip(self._chosen_by, self._chosen, strict=True))
            else:
                legs = self.choose(desk)
        except RuleBroken as problem:
            self._say(desk, f"not entered again yet: {problem}")
            self._state = replace(self._state, phase=Phase.WAITING)
            return
        self._begin(desk, legs, again=True)

    def _say(self, desk: Context, text: str) -> None:
        """Once a day, until there is something else to say."""
        if text != self._said:
            self._said = text
            desk.note(text)
