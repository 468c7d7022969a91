"""The rules of a strategy in a dialog: levels with their units, and what they do in plain words."""

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from nicegui import ui

from core.errors import AppError, RuleBroken
from core.services import Services
from core.services.strategy_desk import StrategyDesk
from core.trading.exit_rules import ExitRules, Goal, Measure, Phase, Reentry, Strikes, Trail
from core.trading.exit_words import rules_words
from core.trading.groups import StrategyGroup
from ui.components.confirm import mode_line
from ui.components.fields import button, choice_field, text_field

UNITS: Final = {
    Measure.PNL: "₹ P&L",
    Measure.PNL_PERCENT: "% of premium",
    Measure.PREMIUM: "₹ premium",
    Measure.PREMIUM_PERCENT: "% premium",
}
STRIKES: Final = {Strikes.SAME: "same strikes", Strikes.AT_THE_MONEY: "moved with the money"}
NO: Final = "no"


async def edit_rules(services: Services, desk: StrategyDesk, group: StrategyGroup) -> None:
    """Until it is saved or left; what is typed is told in words at once."""
    form = RulesForm(services, desk, group)
    await form.dialog
    form.dialog.delete()


@dataclass(slots=True)
class Level:
    """A number and its unit, as typed."""

    amount: ui.input
    unit: ui.select

    def goal(self, name: str) -> Goal | None:
        amount = number(self.amount.value, name)
        return None if amount is None else Goal(amount, self.unit.value)


class RulesForm:
    def __init__(self, services: Services, desk: StrategyDesk, group: StrategyGroup) -> None:
        self._services, self._desk, self._id = services, desk, group.id
        rules = group.rules
        with (
            ui.dialog() as self.dialog,
            ui.element("div").classes(f"sheet strategy-rules mode-{services.mode}"),
        ):
            ui.label(f"Rules of “{desk.watch.title(group)}”").classes("sheet-title")
            mode_line(services)
            with ui.element("div").classes("rule-grid"):
                self._stop = self._level("Stop at a loss of", "stop", rules.stop)
                self._target = self._level("Target at a gain of", "target", rules.target)
                gap = rules.trail.gap if rules.trail else None
                self._gap = self._level("Trail: falls back by", "trail", gap)
                begin = f"{rules.trail.starts_at:g}" if rules.trail else ""
                self._begin = self._text("… once it gains", "trail-start", begin, "at once")
                at = f"{rules.square_off:%H:%M}" if rules.square_off else ""
                self._time = self._text("Square-off, IST", "square-off", at, "15:15")
                with ui.element("div").classes("rule-thirds"):
                    self._reentry(rules.reentry)
            self._preview = (
                ui.element("div")
                .classes("rule-preview")
                .props('data-testid="rules-preview" aria-live="polite"')
            )
            with ui.element("div").classes("card-actions"):
                self._save = button("Save", "rules-save", self.save)
                armed = group.state.phase is Phase.ARMED
                arm = "Save, stays armed" if armed else "Save and arm"
                self._arm = button(arm, "rules-arm", self.arm, primary=True)
                self._arm.classes(f"mode-{services.mode}")
                self._save.set_visibility(not armed)
                button("Leave it", "rules-leave", self.dialog.close)
        self.tell()
        self.dialog.open()

    def _level(self, title: str, name: str, goal: Goal | None) -> Level:
        amount = f"{goal.amount:g}" if goal else ""
        field = text_field(title, f"rule-{name}", value=amount, hint="none", on_change=self._typed)
        field.props('inputmode="decimal" autocomplete="off"')
        unit = goal.measure if goal else Measure.PNL
        units = choice_field("in", f"rule-{name}-unit", UNITS, value=unit, on_change=self._typed)
        return Level(field, units)

    def _text(self, title: str, name: str, value: str, hint: str) -> ui.input:
        made = text_field(title, f"rule-{name}", value=value, hint=hint, on_change=self._typed)
        return made.props('autocomplete="off"')

    def _reentry(self, reentry: Reentry | None) -> None:
        times = {NO: "no re-entry", **{str(n): f"up to {n} ×" for n in (1, 2, 3, 5, 10)}}
        chosen = str(reentry.times) if reentry else NO
        self._times = choice_field(
            "After a stop", "rule-reentry", times, value=chosen, on_change=self._typed
        )
        wait = f"{reentry.wait.total_seconds() / 60:g}" if reentry else "5"
        self._wait = self._text("wait, minutes", "reentry-wait", wait, "0")
        strikes = reentry.strikes if reentry else Strikes.SAME
        self._strikes = choice_field(
            "at", "rule-reentry-strikes", STRIKES, value=strikes, on_change=self._typed
        )

    def rules(self) -> ExitRules:
        """As typed; raises RuleBroken for what means nothing."""
        gap = self._gap.goal("trail")
        begin = number(self._begin.value, "gain at which it begins to trail") or 0.0
        reentry = None
        if self._times.value != NO:
            wait = number(self._wait.value, "wait") or 0.0
            reentry = Reentry(
                times=int(self._times.value),
                wait=timedelta(minutes=wait),
                strikes=self._strikes.value,
            )
        return ExitRules(
            stop=self._stop.goal("stop"),
            target=self._target.goal("target"),
            trail=Trail(gap, starts_at=begin) if gap else None,
            square_off=clock(self._time.value),
            reentry=reentry,
        )

    def tell(self) -> None:
        """What it would do, or what is wrong with it."""
        group = self._desk.state.groups[self._id]
        for each in (self._begin,):
            each.set_enabled(bool(str(self._gap.amount.value or "").strip()))
        for field in (self._wait, self._strikes):
            field.set_enabled(self._times.value != NO)
        problem, words = "", list[str]()
        try:
            view = self._desk.watch.look_at(group)
            entry = view.numbers.entry
            sold = entry > 0 if entry == entry else None
            words = rules_words(self.rules(), len(group.held()), sold=sold)
        except RuleBroken as wrong:
            problem = str(wrong)
        self._preview.clear()
        with self._preview:
            for text in words or [problem or "No rules: nothing is watched."]:
                ui.label(text).classes("warn" if problem else "")
        self._enable(self._save, not problem)
        self._enable(self._arm, not problem and bool(words))

    async def save(self) -> None:
        if await self._kept():
            self.dialog.close()

    async def arm(self) -> None:
        if not await self._kept():
            return
        try:
            if self._desk.state.groups[self._id].state.phase is not Phase.ARMED:
                await self._desk.arm(self._id)
        except AppError as problem:
            tell_problem(problem)
        else:
            self.dialog.close()

    async def _kept(self) -> bool:
        try:
            await self._desk.set_rules(self._id, self.rules())
        except AppError as problem:
            tell_problem(problem)
            return False
        return True

    def _typed(self, _: object) -> None:
        if hasattr(self, "_preview"):
            self.tell()

    def _enable(self, made: ui.element, on: bool) -> None:
        made.props(remove="disabled") if on else made.props("disabled")


def number(text: str | None, name: str) -> float | None:
    """None where nothing is typed; raises RuleBroken for what is no number."""
    plain = str(text or "").replace(",", "").replace("₹", "").replace("%", "").strip()
    if not plain:
        return None
    try:
        return float(plain)
    except ValueError as problem:
        raise RuleBroken(f"“{text}” is no number for the {name}.") from problem


def clock(text: str | None) -> time | None:
    plain = str(text or "").strip()
    if not plain:
        return None
    try:
        return time.fromisoformat(plain if len(plain) > 4 else f"0{plain}").replace(tzinfo=None)
    except ValueError as problem:
        raise RuleBroken(f"“{plain}” is no time: write it like 15:15.") from problem


def tell_problem(problem: Exception) -> None:
    ui.notify(str(problem), type="negative", position="bottom-right")
