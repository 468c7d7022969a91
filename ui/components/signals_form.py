"""What is to run live: a strategy with its parameters, on an instrument or on chains."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from nicegui import ui

from core.backtest.described import Described
from core.backtest.run import Over
from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.services import Services
from core.state.signals import Asked
from ui.components.backtest_parameters import ParameterFields
from ui.components.choices import Choices
from ui.components.fields import button, choice_field
from ui.components.instrument_field import InstrumentField, first_symbol

INTERVALS: Final = {"1m": "1 minute", "3m": "3 minutes", "5m": "5 minutes", "15m": "15 minutes"}
KEPT: Final = "signals.form"
NOTHING: Final = Described(name="", title="")


class SignalsForm:
    """`start` is given what is to run."""

    def __init__(
        self, services: Services, choices: Choices, start: Callable[[Asked], Awaitable[object]]
    ) -> None:
        self._services, self._choices, self._start = services, choices, start
        self._known: dict[str, Described] = {}
        self._kept = choices.get(KEPT, dict[str, Any]())
        with ui.element("div").classes("bt-form"):
            with ui.element("div").classes("bt-fields"):
                self.strategy = choice_field(
                    "Strategy", "sig-strategy", {}, on_change=lambda _: self._turned()
                )
                self._words = ui.label().classes("dim bt-about")
                self.parameters = ParameterFields(_heard)
                with ui.element("div").classes("bt-line"):
                    self.instrument = InstrumentField(
                        services.instruments, "Instrument", "sig-instrument", lambda _: None
                    )
                    self.symbol = choice_field("Underlying", "sig-symbol", [], typed=True)
                    kept = self._kept.get("interval")
                    self.interval = choice_field(
                        "Bars",
                        "sig-interval",
                        INTERVALS,
                        value=kept if kept in INTERVALS else "1m",
                    )
            tip = "It begins with signals only: nothing is sent"
            button("Start", "sig-start", self.go, icon="play_arrow", primary=True, tip=tip)

    async def load(self, strategies: Sequence[Described], symbols: Sequence[str]) -> None:
        self._known = {each.name: each for each in strategies}
        kept = self._kept.get("strategy")
        names = {each.name: each.title for each in strategies}
        self.strategy.set_options(names, value=kept if kept in names else next(iter(names), None))
        symbol = self._kept.get("symbol")
        self.symbol.set_options(
            list(symbols), value=symbol if symbol in symbols else first_symbol(symbols)
        )
        key = self._kept.get("key")
        instruments = self._services.instruments
        found = await instruments.get(InstrumentKey(key)) if isinstance(key, str) else None
        found = found or await instruments.underlying("NIFTY")
        if found is not None:
            self.instrument.put(found)
        self._turned()

    @property
    def described(self) -> Described:
        return self._known.get(str(self.strategy.value), NOTHING)

    def _turned(self) -> None:
        what = self.described
        chains = what.over is Over.CHAINS
        self._words.set_text(what.words)
        self.instrument.box.set_visibility(not chains)
        for field, seen in ((self.symbol, chains), (self.interval, not chains)):
            assert field.parent_slot is not None
            field.parent_slot.parent.set_visibility(seen)
        values = self._choices.get(f"signals.values.{what.name}", dict[str, Any]())
        self.parameters.show(what.parameters, values)

    def asked(self) -> Asked:
        """Raises RuleBroken for what cannot run."""
        what = self.described
        if not what.name:
            raise RuleBroken("Choose a strategy.")
        if what.over is Over.CHAINS:
            symbol = str(self.symbol.value or "")
            if not symbol:
                raise RuleBroken("Choose an underlying.")
            return Asked(
                strategy=what.name,
                parameters=self.parameters.values(),
                key=InstrumentKey(""),
                symbol=symbol,
            )
        instrument = self.instrument.chosen
        if instrument is None:
            raise RuleBroken("Choose an instrument.")
        return Asked(
            strategy=what.name,
            parameters=self.parameters.values(),
            key=instrument.key,
            symbol=instrument.underlying_symbol or instrument.symbol,
            interval=str(self.interval.value),
        )

    async def go(self) -> None:
        try:
            asked = self.asked()
            self._keep(asked)
            await self._start(asked)
        except AppError as problem:
            ui.notify(str(problem), type="negative", multi_line=True)

    def _keep(self, asked: Asked) -> None:
        known = {
            "strategy": asked.strategy,
            "interval": str(self.interval.value),
            "symbol": str(self.symbol.value or ""),
            "key": self.instrument.chosen.key if self.instrument.chosen else "",
        }
        self._choices.keep(KEPT, known)
        self._choices.keep(f"signals.values.{asked.strategy}", dict(asked.parameters))


def _heard(_: object = None) -> None:
    """What is typed is read when it starts."""
