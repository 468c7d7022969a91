"""What to run: a strategy with its parameters, on what, over which span, at what cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from nicegui import background_tasks, ui

from core.backtest.described import Described
from core.backtest.run import Over, Plan
from core.charges.rates import Segment
from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind
from core.services import Services
from ui.addresses import day_of
from ui.components.backtest_parameters import ParameterFields
from ui.components.choices import Choices
from ui.components.fields import PROPS, button, choice_field, text_field
from ui.components.instrument_field import InstrumentField, first_symbol
from ui.components.segments import Segments

INTERVALS: Final = {
    "1m": "1 minute",
    "3m": "3 minutes",
    "5m": "5 minutes",
    "15m": "15 minutes",
    "30m": "30 minutes",
    "1h": "1 hour",
    "1d": "1 day",
    "1w": "1 week",
}
SPANS: Final = {"30": "1M", "91": "3M", "365": "1Y", "1096": "3Y", "1826": "5Y"}
MODES: Final = {"once": "Once", "sweep": "Sweep", "walk": "Walk-forward"}
NOT_CHARGED: Final = ""
SEGMENTS: Final = {
    NOT_CHARGED: "not at all",
    str(Segment.EQUITY_INTRADAY): "shares, intraday",
    str(Segment.EQUITY_DELIVERY): "shares, delivery",
    str(Segment.FUTURE): "futures",
}
SQUARE_OFF: Final = {"": "held overnight", "15:15": "15:15", "15:20": "15:20", "15:25": "15:25"}
OBJECTIVES: Final = {
    "sharpe": "Sharpe",
    "total_return": "Return",
    "calmar": "Calmar",
    "profit_factor": "Profit factor",
}
NOTHING: Final = Described(name="", title="")
KEPT: Final = "backtest.form"


class BacktestForm:
    """`cover` tells what data a plan would find; `run` is given a plan to be run."""

    def __init__(
        self,
        services: Services,
        choices: Choices,
        *,
        cover: Callable[[Plan], Any],
        run: Callable[[Plan], Any],
        again: Callable[[], Any],
    ) -> None:
        self._services, self._choices = services, choices
        self._cover, self._run, self._again = cover, run, again
        self._known: dict[str, Described] = {}
        self._asked = 0
        self._kept = choices.get(KEPT, dict[str, Any]())
        with ui.element("div").classes("bt-form"):
            with ui.element("div").classes("bt-fields"):
                self._strategy_part()
                self._market_part()
                self._cost_part()
                self._mode_part()
            self._problem = ui.label().classes("bt-problem").props('data-testid="bt-problem"')
            self._problem.mark("bt-problem")
            tip = "Ctrl+Enter"
            button("Run", "bt-run", self.go, icon="play_arrow", primary=True, tip=tip)

    # the parts
    def _strategy_part(self) -> None:
        with ui.element("div").classes("bt-line"):
            self.strategy = choice_field(
                "Strategy", "bt-strategy", {}, on_change=lambda _: self._turned()
            )
            tip = "Look again for files of your own"
            button("", "bt-files", self._again, icon="refresh", tip=tip)
        self._words = ui.label().classes("dim bt-about").props('data-testid="bt-words"')
        self._trouble = ui.label().classes("bt-problem").props('data-testid="bt-file-problem"')
        self.parameters = ParameterFields(self._changed)

    def _market_part(self) -> None:
        with ui.element("div").classes("bt-line"):
            self.instrument = InstrumentField(
                self._services.instruments, "Instrument", "bt-instrument", self._picked
            )
            self.symbol = choice_field(
                "Underlying", "bt-symbol", [], on_change=lambda _: self._changed()
            )
            kept = self._kept.get("interval")
            self.interval = choice_field(
                "Bars",
                "bt-interval",
                INTERVALS,
                value=kept if kept in INTERVALS else "1d",
                on_change=lambda _: self._changed(),
            )
        with ui.element("div").classes("bt-line bt-span"):
            today = self._services.calendar.today()
            first = str(self._kept.get("first", (today - timedelta(days=365)).isoformat()))
            last = str(self._kept.get("last", today.isoformat()))
            changed = self._changed
            self.first = text_field("From", "bt-first", value=first, on_change=lambda _: changed())
            self.last = text_field("To", "bt-last", value=last, on_change=lambda _: changed())
            for field in (self.first, self.last):
                field.props("type=date")
        self.span = Segments(SPANS, self._choices, "backtest.span", self._span_chosen, first="365")
        self._coverage = ui.label().classes("bt-coverage").props('data-testid="bt-coverage"')
        self._coverage.mark("bt-coverage")

    def _cost_part(self) -> None:
        with ui.element("div").classes("bt-line"):
            self.capital = self._number("Capital ₹", "bt-capital", "capital", 1_000_000, 1)
            self.slippage = self._number("Slippage, ticks", "bt-slippage", "slippage", 1, 0)
        with ui.element("div").classes("bt-line"):
            kept = self._kept.get("segment")
            self.segment = choice_field(
                "Charged as",
                "bt-segment",
                SEGMENTS,
                value=kept if kept in SEGMENTS else NOT_CHARGED,
                on_change=lambda _: self._changed(),
            )
            kept = self._kept.get("square_off")
            self.square_off = choice_field(
                "Positions",
                "bt-square-off",
                SQUARE_OFF,
                value=kept if kept in SQUARE_OFF else "",
                on_change=lambda _: self._changed(),
            )

    def _mode_part(self) -> None:
        self.mode = Segments(MODES, self._choices, "backtest.mode", self._mode_chosen)
        with ui.element("div").classes("bt-line") as self._sweep_box:
            kept = self._kept.get("objective")
            self.objective = choice_field(
                "Best by",
                "bt-objective",
                OBJECTIVES,
                value=kept if kept in OBJECTIVES else "sharpe",
                on_change=lambda _: self._changed(),
            )
            self.folds = self._number("Folds", "bt-folds", "folds", 4, 2)
        self._combinations = ui.label().classes("dim").props('data-testid="bt-combinations"')

    def _number(self, label: str, name: str, kept: str, first: float, low: float) -> ui.number:
        known = self._kept.get(kept)
        with ui.element("label").classes(f"fld fld-{name}"):
            ui.label(label)
            made = ui.number(
                value=known if isinstance(known, (int, float)) else first,
                min=low,
                on_change=lambda _: self._changed(),
            ).props(f"{PROPS} debounce=250")
        return made.props(f'data-testid="{name}" aria-label="{label}"').mark(name)

    # what there is to choose from
    async def load(self, strategies: Sequence[Described], symbols: Sequence[str]) -> None:
        self._known = {each.name: each for each in strategies}
        chosen = self.strategy.value or self._kept.get("strategy")
        names = {e.name: f"{e.title} · own file" if e.own else e.title for e in strategies}
        first = chosen if chosen in names else next(iter(names), None)
        self.strategy.set_options(names, value=first)
        kept = self.symbol.value or self._kept.get("symbol")
        self.symbol.set_options(
            list(symbols), value=kept if kept in symbols else first_symbol(symbols)
        )
        if self.instrument.chosen is None:
            found = await self._first_instrument()
            if found is not None:
                self.instrument.put(found)
                self._charge_as(found)
        self._turned()

    async def _first_instrument(self) -> Instrument | None:
        instruments = self._services.instruments
        kept = self._kept.get("key")
        found = await instruments.get(InstrumentKey(kept)) if isinstance(kept, str) else None
        return found or await instruments.underlying("NIFTY")

    @property
    def described(self) -> Described:
        return self._known.get(str(self.strategy.value), NOTHING)

    def _turned(self) -> None:
        """Another strategy is chosen."""
        what = self.described
        chains = what.over is Over.CHAINS
        self._words.set_text(what.words)
        self._trouble.set_text(what.problem)
        self._trouble.set_visibility(bool(what.problem))
        _let_see(self.symbol, chains)
        self.instrument.box.set_visibility(not chains)
        for field in (self.interval, self.segment, self.square_off):
            _let_see(field, not chains)
        self.parameters.show(what.parameters, self._values_of(what.name))
        self._mode_chosen()

    def _values_of(self, strategy: str) -> Mapping[str, Any]:
        known = self._choices.get(f"backtest.values.{strategy}", dict[str, Any]())
        return known

    def _picked(self, instrument: Instrument) -> None:
        self._charge_as(instrument)
        self._changed()

    def _charge_as(self, instrument: Instrument) -> None:
        """An index cannot be traded itself; shares and futures have charges of their own."""
        by_kind = {Kind.EQUITY: Segment.EQUITY_INTRADAY, Kind.FUTURE: Segment.FUTURE}
        self.segment.set_value(str(by_kind.get(instrument.kind, NOT_CHARGED)))

    def _span_chosen(self) -> None:
        today = self._services.calendar.today()
        self.last.set_value(today.isoformat())
        self.first.set_value((today - timedelta(days=int(self.span.value))).isoformat())

    def _mode_chosen(self) -> None:
        mode = self.mode.value
        self._sweep_box.set_visibility(mode != "once")
        _let_see(self.folds, mode == "walk")
        self.parameters.sweep(mode != "once")
        self._changed()

    # what is asked for
    def plan(self) -> Plan:
        """Raises RuleBroken for what cannot be run."""
        what = self.described
        if not what.name:
            raise RuleBroken("Choose a strategy.")
        if what.problem:
            raise RuleBroken(f"{what.title} cannot be run as it is.")
        chains = what.over is Over.CHAINS
        instrument = self.instrument.chosen
        if not chains and instrument is None:
            raise RuleBroken("Choose an instrument.")
        if chains and not self.symbol.value:
            raise RuleBroken(
                "No option days are here yet. Downloads brings past expiries, and what the desk"
                " shows is recorded every minute."
            )
        sweep = self.parameters.varied() if self.mode.value != "once" else {}
        if self.mode.value != "once" and not sweep:
            raise RuleBroken("Nothing varies yet: press the sliders beside a parameter.")
        plan = Plan(
            strategy=what.name,
            over=what.over,
            parameters=self.parameters.values(),
            sweep=sweep,
            folds=self._whole(self.folds, "Folds") if self.mode.value == "walk" else 0,
            symbol=str(self.symbol.value) if chains else "",
            interval="1m" if chains else str(self.interval.value),
            first=self._day(self.first, "From"),
            last=self._day(self.last, "To"),
            capital=self._amount(self.capital, "Capital"),
            slippage_ticks=self._amount(self.slippage, "Slippage"),
            segment="" if chains else str(self.segment.value or ""),
            square_off="" if chains else str(self.square_off.value or ""),
            objective=str(self.objective.value),
        )
        if chains or instrument is None:
            return plan
        return replace(plan, key=instrument.key, symbol=instrument.symbol)

    def put(self, plan: Plan) -> None:
        """Fill the fields with what was asked for once; what is not there any more stays."""
        if plan.strategy in self._known:
            self.strategy.set_value(plan.strategy)
        self.mode.choose("walk" if plan.folds else "sweep" if plan.sweep else "once")
        self.parameters.put(plan.parameters, plan.sweep)
        self.interval.set_value(plan.interval if plan.interval in INTERVALS else "1d")
        self.first.set_value(plan.first.isoformat())
        self.last.set_value(plan.last.isoformat())
        self.capital.set_value(plan.capital)
        self.slippage.set_value(plan.slippage_ticks)
        self.segment.set_value(plan.segment)
        self.square_off.set_value(plan.square_off)
        self.objective.set_value(plan.objective)
        if plan.folds:
            self.folds.set_value(plan.folds)

    async def go(self) -> None:
        try:
            plan = self.plan()
        except AppError as problem:
            self._say(str(problem))
            return
        self._keep(plan)
        await self._run(plan)

    def _keep(self, plan: Plan) -> None:
        self._choices.keep(
            KEPT,
            {
                "strategy": plan.strategy,
                "key": self.instrument.chosen.key if self.instrument.chosen else "",
                "symbol": self.symbol.value or "",
                "interval": str(self.interval.value),
                "first": plan.first.isoformat(),
                "last": plan.last.isoformat(),
                "capital": plan.capital,
                "slippage": plan.slippage_ticks,
                "segment": str(self.segment.value or ""),
                "square_off": str(self.square_off.value or ""),
                "objective": plan.objective,
                "folds": self.folds.value,
            },
        )
        self._choices.keep(f"backtest.values.{plan.strategy}", dict(plan.parameters))

    def renew(self) -> None:
        """What there is may have changed."""
        self._changed()

    # what is said of it
    def _changed(self, _: object = None) -> None:
        try:
            plan = self.plan()
        except AppError as problem:
            self._say(str(problem))
            self._combinations.set_text("")
            self._coverage.set_text("")
            return
        self._say("")
        count = plan.combinations
        self._combinations.set_text(f"{count:,} combinations" if plan.sweep else "")
        self._asked += 1
        background_tasks.create(self._tell_coverage(plan, self._asked), name="backtest coverage")

    async def _tell_coverage(self, plan: Plan, asked: int) -> None:
        try:
            words = await self._cover(plan)
        except AppError as problem:
            words = str(problem)
        if asked == self._asked:
            self._coverage.set_text(words)

    def _say(self, problem: str) -> None:
        self._problem.set_text(problem)
        self._problem.set_visibility(bool(problem))

    @staticmethod
    def _amount(field: ui.number, name: str) -> float:
        if field.value is None:
            raise RuleBroken(f"{name} is empty.")
        return float(field.value)

    def _whole(self, field: ui.number, name: str) -> int:
        return int(self._amount(field, name))

    @staticmethod
    def _day(field: ui.input, name: str) -> date:
        day = day_of(str(field.value or ""))
        if day is None:
            raise RuleBroken(f"{name}: no day.")
        return day


def _let_see(field: ui.element, seen: bool) -> None:
    """With its label."""
    assert field.parent_slot is not None
    field.parent_slot.parent.set_visibility(seen)
