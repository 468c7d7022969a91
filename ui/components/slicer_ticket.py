"""An order in slices: by the clock (TWAP) or one after another (iceberg), said beforehand."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Final

from nicegui import background_tasks, context, ui

from core.errors import AppError, RuleBroken
from core.instruments.instrument import Instrument
from core.services import Services
from core.services.trading import Trading
from core.trading.baskets import new_execution_id
from core.trading.requests import NOTHING, OrderRequest, OrderType, Side
from core.trading.slices import SlicePlan, Slicing
from ui.components.basket_ticket import NOWHERE
from ui.components.confirm import mode_line
from ui.components.execution_card import ExecutionCard
from ui.components.fields import button, text_field, whole_field
from ui.components.sight import paced

PACE: Final = 1.0
KINDS: Final = {Slicing.TWAP: "TWAP, by the clock", Slicing.ICEBERG: "Iceberg, one by one"}
MINUTES, CHILDREN, LOTS_AT_A_TIME = 15, 10, 1


async def open_slicer(services: Services, request: OrderRequest, *, closing: bool = False) -> None:
    """A dialog for one large order of these terms; a limit is the worst price of all slices.

    One that is `closing` may open nothing. What cannot be cut is said.
    """
    trading = services.trading
    if trading is None:
        ui.notify(NOWHERE, type="warning", position="bottom-right")
        return
    try:
        instrument = await trading.gate.know(request.key)
        if request.quantity < 2 * max(instrument.lot_size, 1):
            raise RuleBroken("a single lot is not cut: raise the size first")
        if request.type not in (OrderType.LIMIT, OrderType.MARKET):
            raise RuleBroken("only a limit or a market order is cut into slices in time")
    except AppError as problem:
        ui.notify(str(problem), type="warning", position="bottom-right")
        return
    with context.client.content:
        SlicerTicket(services, trading, instrument, request, closing=closing)


class SlicerTicket:
    def __init__(
        self,
        services: Services,
        trading: Trading,
        instrument: Instrument,
        request: OrderRequest,
        *,
        closing: bool,
    ) -> None:
        self._services, self._trading, self._instrument = services, trading, instrument
        self._request, self._closing = request, closing
        self._id = new_execution_id("slices")
        self._kind, self._minutes, self._children = Slicing.TWAP, MINUTES, CHILDREN
        lots = request.quantity // max(instrument.lot_size, 1)
        self._children = max(2, min(CHILDREN, lots))
        self._shown = max(LOTS_AT_A_TIME, lots // 10)
        self._limit = request.price if request.type is OrderType.LIMIT else NOTHING
        self._share = NOTHING
        self._plan: SlicePlan | None = None
        self._sending = False
        with ui.dialog().props("no-backdrop-dismiss") as self._dialog:
            classes = f"sheet basket-sheet narrow-ticket mode-{services.mode}"
            self._sheet = ui.element("div").classes(classes)
        self._sheet.props('data-testid="slicer-ticket"')
        self._dialog.on("hide", self._dialog.delete)
        with self._sheet:
            self._build()
        self._dialog.open()

    def _build(self) -> None:
        _head(self._services, self._title, self._dialog.close, "Close (nothing is sent)")
        with ui.element("div").classes("basket-scroll"):
            with ui.element("div").classes("segments").props('role="group"'):
                self._kinds = {kind: self._kind_button(kind) for kind in KINDS}
            with ui.element("div").classes("basket-tools"):
                with ui.element("div").classes("basket-chase") as self._twap:
                    whole_field(
                        "Minutes", "slice-minutes", self._minutes, 1, 390, self._put("_minutes")
                    )
                    whole_field(
                        "Slices", "slice-count", self._children, 2, 200, self._put("_children")
                    )
                with ui.element("div").classes("basket-chase") as self._iceberg:
                    whole_field(
                        "Lots at a time", "slice-shown", self._shown, 1, 10_000, self._put("_shown")
                    )
                text_field(
                    "Worst price",
                    "slice-limit",
                    value=str(self._limit or ""),
                    hint="none",
                    on_change=lambda e: self._put_amount("_limit", e.value),
                )
                text_field(
                    "% of volume, at most",
                    "slice-share",
                    hint="no limit",
                    on_change=lambda e: self._put_amount("_share", e.value),
                )
            self._words = ui.element("div").classes("basket-plan")
            self._words.props('data-testid="slicer-plan"')
        with ui.element("div").classes("basket-foot"):
            self._wrong = ui.label().classes("basket-problems").props('role="status"')
            self._wrong.props('data-testid="slicer-problem"')
            self._go = ui.element("button").classes("confirm basket-go").mark("slicer-send")
            self._go.props('type="button" disabled data-testid="slicer-send"')
            self._go.on("click", self._send)
            with self._go:
                self._go_words = ui.label(f"Start · {self._services.mode.upper()}")
        self._timer = paced(PACE, self._check)
        background_tasks.create(self._check(), name="slicer")

    @property
    def _title(self) -> str:
        side = "Buy" if self._request.side is Side.BUY else "Sell"
        lots = self._request.quantity // max(self._instrument.lot_size, 1)
        return f"{side} {lots} lots {self._instrument.symbol}"

    def _kind_button(self, kind: Slicing) -> ui.element:
        with ui.element("button") as made:
            ui.label(KINDS[kind])
        made.props(f'type="button" data-testid="slicing-{kind.lower()}"')
        return made.mark(f"slicing-{kind.lower()}").on("click", partial(self._choose, kind))

    def _choose(self, kind: Slicing) -> None:
        self._kind = kind
        self._again()

    def _put(self, name: str) -> Callable[[Any], None]:
        def put(value: Any) -> None:
            setattr(self, name, int(value))
            self._again()

        return put

    def _put_amount(self, name: str, text: str | None) -> None:
        try:
            setattr(self, name, Decimal((text or "").strip() or 0))
        except InvalidOperation:
            setattr(self, name, Decimal("NaN"))
        self._again()

    def _again(self) -> None:
        self._plan = None
        self._go.props("disabled")
        background_tasks.create(self._check(), name="slicer")

    def _made(self) -> SlicePlan:
        """Raises RuleBroken for what cannot be done."""
        what, lot = self._instrument, max(self._instrument.lot_size, 1)
        if not (self._limit.is_finite() and self._share.is_finite()):
            raise RuleBroken("a price or a share is no number")
        timed = self._kind is Slicing.TWAP
        return SlicePlan(
            id=self._id,
            title=what.symbol,
            slicing=self._kind,
            request=replace(
                self._request,
                type=OrderType.LIMIT if self._limit else OrderType.MARKET,
                price=self._limit,
                slice=False,
                disclosed=0,
            ),
            lot_size=lot,
            tick_size=what.tick_size,
            freeze_quantity=what.freeze_quantity,
            seconds=self._minutes * 60.0 if timed else 0.0,
            children=self._children if timed else 1,
            shown=0 if timed else self._shown * lot,
            participation=self._share or None,
            closes=self._closing,
        )

    async def _check(self) -> None:
        if self._sending:
            return
        plan, problem = None, ""
        try:
            plan = self._made()
            problem = "; ".join(await self._trading.slicer.refusals(plan))
        except AppError as why:
            problem = str(why)
        self._plan = plan if plan is not None and not problem else None
        self._show(plan, problem)

    def _show(self, plan: SlicePlan | None, problem: str) -> None:
        for kind, made in self._kinds.items():
            here = kind is self._kind
            made.classes(add="here" if here else "", remove="" if here else "here")
        self._twap.set_visibility(self._kind is Slicing.TWAP)
        self._iceberg.set_visibility(self._kind is Slicing.ICEBERG)
        self._wrong.set_text(problem)
        self._go.props(remove="disabled") if self._plan else self._go.props("disabled")
        if plan is None:
            return
        self._words.clear()
        with self._words:
            for line in plan.words():
                ui.label(line)

    async def _send(self) -> None:
        """Exactly what was shown, once."""
        plan = self._plan
        if plan is None or self._sending:
            return
        self._sending = True
        self._go.props("disabled")
        try:
            await self._trading.slicer.start(plan)
        except AppError as problem:
            self._sending = False
            self._show(None, str(problem))
            return
        self._timer.cancel()
        self._sheet.clear()
        with self._sheet:
            tip = "Close; it goes on, and stands under Orders"
            _head(self._services, self._title, self._dialog.close, tip)
            ExecutionCard(self._services, self._trading, plan.id)


def _head(services: Services, title: str, close: Callable[[], object], tip: str) -> None:
    with ui.element("div").classes("basket-head"):
        ui.label(title).classes("sheet-title")
        mode_line(services)
        button("", "basket-close", close, icon="close", tip=tip)
