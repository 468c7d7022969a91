"""The basket ticket: legs, prices, policy, costs and exactly what will be sent; one click."""

from collections.abc import Callable, Sequence
from functools import partial
from math import isinf
from typing import Any, Final

from nicegui import background_tasks, context, ui

from core.errors import AppError, RuleBroken
from core.services import Services
from core.services.trading import Trading
from core.trading.baskets import (
    LOST_WORDS,
    Basket,
    BasketKind,
    Late,
    OnFailure,
    Policy,
    failure_words,
    late_words,
)
from core.trading.pricing import Pricing
from core.trading.requests import Product
from ui.basket.figures import MarginAsker, figures
from ui.basket.form import BasketForm, Row
from ui.components.basket_rows import PLACES, BasketRows
from ui.components.confirm import mode_line
from ui.components.execution_card import ExecutionCard
from ui.components.fields import button, choice_field, whole_field
from ui.components.leaving import Leaving
from ui.components.sight import paced
from ui.theme import formats
from ui.theme.colors import tone

PACE: Final = 0.5
LATE: Final = {
    Late.CHASE: "move its price",
    Late.MARKET: "turn it into a market order",
    Late.WAIT: "wait for it",
    Late.GIVE_UP: "cancel it",
}
FAILURE: Final = {OnFailure.KEEP: "keep what is filled", OnFailure.UNWIND: "unwind what is filled"}
UNKNOWN_WORST: Final = "not known: it closes something too, or its legs end on several days"
NOWHERE: Final = "Nothing can be ordered in this mode."
Head = Callable[["BasketTicket"], None]


def open_basket(
    services: Services,
    rows: Sequence[Row],
    *,
    kind: BasketKind = BasketKind.BASKET,
    title: str,
    policy: Policy | None = None,
    head: Head | None = None,
) -> "BasketTicket | None":
    """A dialog over the page; `head` may add controls above the legs. None where nothing can be
    ordered: that is said."""
    if services.trading is None:
        ui.notify(NOWHERE, type="warning", position="bottom-right")
        return None
    form = BasketForm(
        services, services.trading, kind=kind, title=title, rows=rows, policy=policy or Policy()
    )
    with context.client.content:
        return BasketTicket(services, services.trading, form, head)


class BasketTicket:
    def __init__(
        self, services: Services, trading: Trading, form: BasketForm, head: Head | None = None
    ) -> None:
        self._services, self._trading, self.form = services, trading, form
        self._asker = MarginAsker(form, services, self._show_numbers)
        self._sending = False
        self._basket: Basket | None = None
        self._problems: list[str] = []
        self.note = ""
        """Said above the legs, as what is left out."""
        with ui.dialog().props("no-backdrop-dismiss") as self.dialog:
            self._sheet = ui.element("div").classes(f"sheet basket-sheet mode-{services.mode}")
        self._sheet.props('data-testid="basket-ticket"')
        self.dialog.on("hide", self.dialog.delete)
        with self._sheet:
            self._build(head)
        self.dialog.open()

    # what it is made of
    def _build(self, head: Head | None) -> None:
        with ui.element("div").classes("basket-head"):
            self._title = ui.label(self.form.title).classes("sheet-title")
            mode_line(self._services)
            button("", "basket-close", self.close, icon="close", tip="Close (nothing is sent)")
        with ui.element("div").classes("basket-scroll"):
            if head is not None:
                with ui.element("div").classes("basket-extra"):
                    head(self)
            self._note = ui.label().classes("dim").props('data-testid="basket-note"')
            self._tools()
            self._legs = BasketRows(self.form, self._edited)
            self._board = ui.element("dl").classes("basket-board")
            with self._board:
                titles = NUMBERS | ({"premium": "Net credit"} if self._is_roll else {})
                self._numbers = {name: _number(name, title) for name, title in titles.items()}
            self._policies()
            self._plan = ui.element("div").classes("basket-plan").props('data-testid="basket-plan"')
        with ui.element("div").classes("basket-foot"):
            self._wrong = ui.element("div").classes("basket-problems")
            self._wrong.props('role="status" data-testid="basket-problems"')
            self._go = ui.element("button").classes("confirm basket-go").mark("basket-send")
            self._go.props('type="button" disabled data-testid="basket-send"')
            self._go.on("click", self._send)
            with self._go:
                self._go_words = ui.label()
        Leaving(self._leave)
        self._timer = paced(PACE, self.look)
        background_tasks.create(self.check(), name="basket ticket")

    def _tools(self) -> None:
        with ui.element("div").classes("basket-tools"):
            with ui.element("div").classes("segments").props('role="group"'):
                self._places: dict[Pricing, ui.element] = {}
                for how, text in PLACES.items():
                    with ui.element("button") as made:
                        ui.label(text)
                    made.props(f'type="button" data-testid="price-all-{how.name.lower()}"')
                    made.mark(f"price-all-{how.name.lower()}")
                    made.on("click", partial(self._price_all, how))
                    self._places[how] = made
            self._give = whole_field("Give way, ticks", "give-ticks", 0, -100, 100, self._give_way)
            if any(not row.closes for row in self.form.rows):
                products = {each: str(each) for each in (Product.CARRY, Product.INTRADAY)}
                first = next(row.product for row in self.form.rows if not row.closes)
                choice_field(
                    "Held as",
                    "basket-product",
                    products,
                    value=first if first in products else Product.CARRY,
                    on_change=lambda e: self._edited(partial(self.form.hold_as, e.value)),
                )

    def _policies(self) -> None:
        policy = self.form.policy
        with ui.element("div").classes("basket-tools basket-policy"):
            whole_field(
                "Not filled within, s",
                "late-seconds",
                int(policy.seconds),
                1,
                3600,
                self._put("seconds"),
            )
            choice_field(
                "then",
                "late",
                LATE,
                value=policy.late,
                on_change=lambda e: self._put("late")(e.value),
            )
            with ui.element("div").classes("basket-chase") as self._chase:
                whole_field("by ticks", "chase-ticks", policy.ticks, 1, 100, self._put("ticks"))
                whole_field(
                    "times at most", "chase-steps", policy.steps, 1, 100, self._put("steps")
                )
            choice_field(
                "If a leg fails",
                "on-failure",
                FAILURE,
                value=policy.on_failure,
                on_change=lambda e: self._put("on_failure")(e.value),
            )
            if self._is_roll:
                choice_field(
                    "Goes first",
                    "exits-first",
                    {True: "what is closed", False: "what is bought"},
                    value=policy.exits_first,
                    on_change=lambda e: self._put("exits_first")(bool(e.value)),
                )

    def _put(self, name: str) -> Callable[[Any], None]:
        return lambda value: self._edited(lambda: self.form.set_policy(**{name: value}))

    @property
    def _is_roll(self) -> bool:
        return self.form.kind is BasketKind.ROLL

    # what is edited
    def edit_rows(self, rows: Sequence[Row], note: str = "") -> None:
        """Other legs, as a control above them wants."""
        self.form.rows, self.note = list(rows), note
        self.form.look_at()
        self._edited(self.form.lay_anew)

    def _edited(self, change: Callable[[], None]) -> None:
        try:
            change()
        except RuleBroken as problem:
            ui.notify(str(problem), type="negative", position="bottom-right")
        self._basket = None  # what was shown is no longer what would be sent
        self._disarm()
        background_tasks.create(self.check(), name="basket ticket")

    def _price_all(self, how: Pricing) -> None:
        self._edited(partial(self.form.price_all, how, int(self._give.value or 0)))

    def _give_way(self, ticks: int) -> None:
        for row in self.form.rows:
            row.give = ticks
        self._edited(self.form.changed)

    # what is shown
    async def look(self) -> None:
        if not self._sending:
            await self.check()

    async def check(self) -> None:
        """Everything anew, from the market as it is."""
        form = self.form
        self._legs.lay()
        self._asker.look()
        revision, basket, problems = form.revision, None, list[str]()
        try:
            basket = form.basket()
            problems = await self._trading.baskets.refusals(basket)
        except AppError as problem:
            problems = [str(problem)]
        if revision != form.revision or self._sending:
            return
        self._basket, self._problems = basket, problems
        self._show()

    def _show(self) -> None:
        form, basket = self.form, self._basket
        self._legs.show(basket)
        self._note.set_text(self.note)
        self._note.set_visibility(bool(self.note))
        self._chase.set_visibility(form.policy.late is Late.CHASE)
        self._show_numbers()
        self._say(self._plan, basket.words() if basket else _policy_words(form))
        self._say(self._wrong, self._problems)
        same = {row.how for row in form.rows}
        for how, made in self._places.items():
            made.classes(
                add="here" if same == {how} else "", remove="" if same == {how} else "here"
            )
        self._arm()

    def _show_numbers(self) -> None:
        told, asker, funds = figures(self.form, self._services), self._asker, None
        if self._trading.state.funds is not None:
            funds = float(self._trading.state.funds.available)
        got = told.premium
        word = "received" if got > 0 else "paid" if got < 0 else ""
        self._put_number("premium", f"{formats.rupees(abs(got))} {word}".strip(), tone(got))
        paid = None if told.charges is None else float(told.charges)
        self._put_number("charges", formats.rupees(paid), "", told.no_charges)
        why = "at expiry, before charges" if told.worst == told.worst else UNKNOWN_WORST
        self._put_number("worst", _worst(told.worst), "", why)
        margin = "asking …" if asker.waiting and asker.answer is None else formats.DASH
        if asker.answer is not None:
            margin = formats.rupees(float(asker.answer.final), 0)
        why = asker.problem or "of what is opened, after what its legs save together"
        if all(row.closes for row in self.form.rows):
            margin, why = "frees margin", "closing needs no margin"
        short = asker.answer is not None and funds is not None and float(asker.answer.final) > funds
        self._put_number("margin", margin, "down" if short else "", why)
        self._put_number("funds", formats.rupees(funds, 0))

    def _put_number(self, name: str, text: str, classes: str = "", tip: str = "") -> None:
        label = self._numbers[name]
        label.set_text(text)
        label.classes(replace=f"num {classes}")
        label.props(f'title="{tip}"')

    def _say(self, box: ui.element, lines: Sequence[str]) -> None:
        shown = [each.text for each in box.default_slot.children if isinstance(each, ui.label)]
        if shown == list(lines):
            return
        box.clear()
        with box:
            for line in lines:
                ui.label(line)

    # sending
    def _arm(self) -> None:
        ready = self._basket is not None and not self._problems and not self._sending
        orders = sum(len(row.slices) for row in self.form.rows)
        mode = self._services.mode.upper()
        words = f"Send {orders} order{'' if orders == 1 else 's'} · {mode}"
        self._go_words.set_text("Sending …" if self._sending else words)
        self._go.props(remove="disabled") if ready else self._go.props("disabled")

    def _disarm(self) -> None:
        self._go.props("disabled")

    async def _send(self) -> None:
        """Exactly what was shown last, once."""
        basket = self._basket
        if basket is None or self._problems or self._sending:
            return
        self._sending = True
        self._arm()
        try:
            run = await self.form.send(basket)
        except AppError as problem:
            self._sending, self._problems = False, [str(problem)]
            self._show()
            return
        self._follow(run.id)

    def _follow(self, id: str) -> None:
        """From the form to its progress."""
        self._timer.cancel()
        self._sheet.clear()
        with self._sheet:
            with ui.element("div").classes("basket-head"):
                ui.label(self.form.title).classes("sheet-title")
                mode_line(self._services)
                tip = "Close; it goes on, and stands under Orders"
                button("", "basket-close", self.close, icon="close", tip=tip)
            ExecutionCard(self._services, self._trading, id)

    def close(self) -> None:
        self.dialog.close()

    def _leave(self) -> None:
        self._asker.leave()
        self.form.leave()


NUMBERS: Final = {
    "premium": "Net premium",
    "charges": "Charges",
    "margin": "Margin",
    "worst": "Most it can lose",
    "funds": "Available",
}


def _number(name: str, title: str) -> ui.label:
    with ui.element("div"):
        ui.label(title)
        made = ui.label(formats.DASH).classes("num")
        return made.props(f'data-testid="basket-{name}"').mark(f"basket-{name}")


def _worst(loss: float) -> str:
    return "unlimited" if isinf(loss) else formats.rupees(loss, 0)


def _policy_words(form: BasketForm) -> list[str]:
    return [late_words(form.policy), failure_words(form.policy, form.kind), LOST_WORDS]
