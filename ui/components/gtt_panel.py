"""The list of orders good till triggered: what each waits for, and what can be done to it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import uuid4

from nicegui import background_tasks, ui

from core.clock import IST
from core.errors import AppError
from core.ids import GttId, InstrumentKey
from core.instruments.instrument import Instrument
from core.ports.feed import FeedMode
from core.services import Services
from core.services.gtt_side import Gtts
from core.services.trading import Trading
from core.state.market import Col
from core.trading.gtt import Gtt
from core.trading.requests import Source
from ui.components.confirm import confirm
from ui.components.empty_state import empty_state
from ui.components.fields import button, choice_field
from ui.components.gtt_ticket import NOWHERE, open_gtt
from ui.components.leaving import Leaving
from ui.components.long_table import Line, LongTable
from ui.components.sight import paced
from ui.gtt import words
from ui.gtt.lines import COLUMNS, gtt_line

PACE: Final = 0.5
RANGES: Final = {"1": "Working and today", "31": "A month", "366": "A year"}


def gtt_panel(services: Services) -> "GttPanel | None":
    """The list in place; None, with a word why, where there can be none."""
    trading = services.trading
    if trading is None or trading.gtts is None:
        empty_state(NOWHERE, icon="notifications_off").props('data-testid="no-gtts"')
        return None
    return GttPanel(services, trading, trading.gtts)


class GttPanel:
    def __init__(self, services: Services, trading: Trading, gtts: Gtts) -> None:
        self._services, self._trading, self._gtts = services, trading, gtts
        self._owner = f"gtts {uuid4().hex}"
        self._earlier: dict[GttId, Gtt] = {}
        self._listed: dict[InstrumentKey, Instrument] = {}
        self._busy: set[GttId] = set()
        self._naming = False
        Leaving(lambda: services.subscriptions.release(self._owner))
        self._bar()
        self.table = LongTable("gtt", COLUMNS, empty="", on_act=self.act)
        self.look()
        paced(PACE, self.look)

    def _bar(self) -> None:
        with ui.element("div").classes("orders-bar gtt-bar"):
            self._days = choice_field(
                "Days", "gtt-days", RANGES, value="1", on_change=lambda e: self.load(e.value)
            )
            self._count = ui.label().classes("dim num").props('data-testid="gtt-count"')
            ui.element("div").classes("spring")
            self._age = ui.label().classes("dim").props('data-testid="gtt-age"')
            tip = "Read the broker's list now"
            button("", "gtt-refresh", self.refresh, icon="refresh", tip=tip)
            tip = "End every GTT that works"
            self._all = button(
                "Cancel all", "gtt-cancel-all", self.cancel_all, icon="cancel", tip=tip
            ).classes("to-cancel")

    # the list
    def shown(self) -> list[Gtt]:
        """Those that work, then the others; each the newest first."""
        every = {**self._earlier, **self._gtts.state.gtts}
        found = sorted(every.values(), key=lambda g: g.placed_at, reverse=True)
        return sorted(found, key=lambda gtt: gtt.status.is_final)

    def look(self) -> None:
        found = self.shown()
        working = [gtt for gtt in found if not gtt.status.is_final]
        lines: dict[str, Line] = {each.id: self._line(each) for each in found}
        self.table.say_when_empty(
            "No GTT yet. A ticket, a position or a row of the chain can place one."
        )
        self.table.show([each.id for each in found], lines)
        keys = dict.fromkeys((each.request.key for each in working), FeedMode.LTPC)
        self._services.subscriptions.hold(self._owner, keys)
        self._count.set_text(f"{len(found)} · {len(working)} working")
        self._all.set_visibility(bool(working))
        self._tell_age()
        unnamed = {each.request.key for each in found} - self._listed.keys()
        if unnamed and not self._naming:
            self._naming = True
            background_tasks.create(self._name(unnamed), name="names of gtts")

    def _line(self, gtt: Gtt) -> Line:
        now, tied = self._services.clock.now(), gtt.request.tied
        return gtt_line(
            gtt,
            self._listed.get(gtt.request.key),
            today=now.astimezone(IST).date(),
            ltp=self._services.market.get(gtt.request.key, Col.LTP),
            busy=gtt.id in self._busy,
            other=self._gtts.state.gtts.get(tied) if tied else None,
        )

    async def _name(self, keys: set[InstrumentKey]) -> None:
        try:
            self._listed |= await self._services.instruments.get_many(list(keys))
        finally:
            self._naming = False

    def _tell_age(self) -> None:
        state = self._gtts.state
        if state.problem:
            self._age.set_text(f"The broker's list could not be read: {state.problem}")
            self._age.classes(replace="warn")
        elif state.compared_at is None:
            self._age.set_text("Not compared with the broker yet.")
            self._age.classes(replace="warn")
        else:
            at = state.compared_at.astimezone(IST)
            self._age.set_text(f"Compared with the broker at {at:%H:%M:%S}")
            self._age.classes(replace="dim")

    # what the user does
    async def load(self, days: str) -> None:
        """Those of earlier days, from our own memory."""
        today = self._services.clock.now().astimezone(IST).date()
        midnight = datetime.combine(today, time(), IST)
        first = midnight - timedelta(days=int(days) - 1)
        found = await self._gtts.kept.between(first, midnight) if int(days) > 1 else []
        self._earlier = {each.id: each for each in found}
        self.look()

    async def act(self, id: str, action: str) -> None:
        gtt = self._gtts.state.gtts.get(GttId(id))
        if gtt is None or gtt.id in self._busy:
            return
        if action == "modify":
            await open_gtt(self._services, gtt.request.key, gtt=gtt)
        elif action == "ask":
            await self._once(gtt, self._gtts.watch.reconcile)
        elif action == "cancel":
            await self._cancel(gtt)

    async def _cancel(self, gtt: Gtt) -> None:
        """One that protects a position, or is another's, only after a question."""
        listed = self._listed.get(gtt.request.key)
        lines = [words.asked(gtt.terms, listed)]
        if gtt.request.source is Source.EXTERNAL:
            lines.append("It was placed elsewhere.")
        if not gtt.may_enter:
            lines.append("What it has bought or sold stays, without its target and stop.")
        go = f"End it · {self._services.mode.upper()}"
        ask = gtt.request.source is Source.EXTERNAL or not gtt.may_enter
        if ask and not await confirm(self._services, "End this GTT?", lines, go, name="gtt-cancel"):
            return
        await self._once(gtt, lambda: self._gtts.desk.cancel(gtt.id))

    async def cancel_all(self) -> None:
        working = self._gtts.state.unsettled()
        guards = sum(not each.may_enter for each in working)
        lines = [f"Every GTT that works is ended: {len(working)} now."]
        if guards:
            lines.append(f"{guards} of them guard what is held: it stays, without target and stop.")
        go = f"End {len(working)} · {self._services.mode.upper()}"
        if await confirm(self._services, "End all GTTs?", lines, go, name="gtt-all"):
            count = await self._gtts.desk.cancel_all(exits=True)
            ui.notify(f"The end of {count} GTTs was asked for.", type="info")

    async def refresh(self) -> None:
        await _said(self._gtts.watch.reconcile)
        self.look()

    async def _once(self, gtt: Gtt, call: Callable[[], Awaitable[Any]]) -> None:
        """Its buttons rest until the answer is there."""
        self._busy.add(gtt.id)
        self.look()
        try:
            await _said(call)
        finally:
            self._busy.discard(gtt.id)
            self.look()


async def _said(call: Callable[[], Awaitable[Any]]) -> None:
    try:
        await call()
    except AppError as problem:
        words_ = str(problem)
        ui.notify(f"{words_[:1].upper()}{words_[1:]}", type="negative", multi_line=True)
