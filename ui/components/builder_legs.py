"""The builder's legs: a table that can be typed into, and tools that change all at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from math import gcd, nan
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

from core.errors import AppError, RuleBroken
from core.instruments.instrument import Right, strike_text
from core.state.market import Col
from core.strategies.chain_view import ChainView, Fill
from core.strategies.legs import Leg, net_premium
from core.strategies.payoff import LegFigures
from ui.builder import edits
from ui.builder.state import LOST, BuilderState, Topic
from ui.components.builder_templates import TemplatePicker, quick_templates
from ui.components.builder_trade import trade_button
from ui.components.fields import button
from ui.theme import formats
from ui.theme.colors import tone

Row = dict[str, Any]
Act = Callable[[int, Leg, Any], object]

FUTURE: Final = "FUT"
FORGET: Final = "forget"
"""What a field tells when its user gives up what was refused."""
MOST_POINTS: Final = 300.0
"""Vol points; a volatility or a shift beyond it is a slip of the hand."""
MOST_PRICE: Final = 1e6


class LegsTable(ui.element, component="builder_legs.js"):
    """Shows `rows`, and under each what is wrong with it; `on_edit(leg, what, value)` hears all."""

    def __init__(
        self, *, on_edit: Callable[[int, str, Any], object], on_key: Callable[[str], object]
    ) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.figures: list[dict[str, str]] = []
        self.total: dict[str, str] = {}
        self._props["rows"], self._props["answer"] = [], 0
        self.on("edit", lambda e: on_edit(int(e.args[0]), str(e.args[1]), e.args[2]))
        self.on("key", lambda e: on_key(str(e.args)))
        self.on("ready", self._tell)

    def show(self, rows: list[Row]) -> None:
        """An answer to an edit: fields take over what it says."""
        self.rows = rows
        self._props["rows"] = rows
        self._props["answer"] += 1
        self.update()

    def live(self, figures: list[dict[str, str]], total: dict[str, str]) -> None:
        if (figures, total) != (self.figures, self.total):
            self.figures, self.total = figures, total
            self._tell()

    def _tell(self, _: GenericEventArguments | None = None) -> None:
        if self.client.has_socket_connection:
            self.run_method("live", self.figures, self.total)


def build_legs(state: BuilderState) -> None:
    _LegsPanel(state)


class _LegsPanel:
    def __init__(self, state: BuilderState) -> None:
        self._state = state
        self._refused: dict[tuple[int, str], tuple[str | None, str]] = {}  # typed, and why not
        self._count = 0
        self._acts: dict[str, Act] = {
            "enabled": lambda at, leg, on: self._put(at, replace(leg, enabled=bool(on))),
            "toggle": lambda at, leg, _: self._put(at, replace(leg, enabled=not leg.enabled)),
            "side": lambda at, leg, _: self._put(at, edits.reversed_leg(leg, self._view)),
            "buy": lambda at, leg, _: self._turn(at, leg, buy=True),
            "sell": lambda at, leg, _: self._turn(at, leg, buy=False),
            "lots": self._type_lots,
            "lots-step": self._step_lots,
            "units": self._type_units,
            "strike": self._type_strike,
            "strike-step": lambda at, leg, by: self._put(at, edits.stepped(leg, self._view, by)),
            "right": self._choose_right,
            "price": self._type_price,
            "reprice": self._reprice,
            "iv": self._type_iv,
            "shift": self._type_shift,
            "duplicate": lambda at, leg, _: state.duplicate(at),
            "remove": lambda at, leg, _: state.remove(at),
        }
        self._templates = TemplatePicker(state)
        with ui.element("div").classes("builder-legs"):
            self._tools()
            self._nothing = ui.element("div").classes("builder-nothing")
            with self._nothing:
                self._build_nothing()
            self._table = LegsTable(on_edit=self._edit, on_key=self._key)
        state.on(Topic.DRAFT, self._show)
        state.on(Topic.MARKET, self._live)
        state.on(Topic.PICTURE, self._live)
        self._show()

    # the tools
    def _tools(self) -> None:
        state = self._state
        with ui.element("div").classes("builder-tools"):
            button("Templates", "templates", self._templates.open, icon="auto_awesome_mosaic")
            for right in (*Right, FUTURE):
                tip = f"Add a {'future' if right == FUTURE else 'call' if right == 'CE' else 'put'}"
                name = f"add-{right.lower()}"
                button(f"+ {right}", name, partial(self._try, partial(self._add, right)), tip=tip)
            ui.element("div").classes("spring")
            self._icon("swap_vert", "reverse", "Reverse all: buys become sells", state.reverse)
            self._icon("remove", "fewer", "Less of all legs, in proportion", self._fewer)
            self._icon("add", "more", "More of all legs, in proportion", self._more)
            self._icon("price_check", "reprice", "Enter at what can be had now", state.reprice)
            self._undo = self._icon("undo", "undo", "Undo (Ctrl Z)", state.undo)
            self._redo = self._icon("redo", "redo", "Redo (Ctrl Y)", state.redo)
            self._icon("delete_sweep", "clear", "Take all legs away", lambda: state.put_legs([]))
            trade_button(state)

    def _icon(self, icon: str, name: str, tip: str, then: Callable[[], object]) -> ui.element:
        made = ui.element("button").classes("icon-button").mark(name)
        made.props(f'type="button" title="{tip}" aria-label="{tip}" data-testid="{name}"')
        made.on("click", lambda: self._try(then))
        with made:
            ui.icon(icon)
        return made

    def _build_nothing(self) -> None:
        ui.label("No legs yet").classes("empty-text")
        ui.label(
            "Take a template, add a leg above, or sell a bid and buy an ask in the option chain: "
            "Shift with a click."
        ).classes("empty-hint")
        with ui.element("div").classes("builder-quick"):
            for template in quick_templates():
                button(
                    template.title,
                    f"quick-{template.name}",
                    partial(self._templates.apply, template.name),
                    tip=template.words,
                )

    def _more(self) -> None:
        """Twice, three times … what the legs are at their smallest."""
        unit = self._unit()
        self._state.multiply(lambda lots: lots + lots // unit)

    def _fewer(self) -> None:
        unit = self._unit()
        if unit > 1:
            self._state.multiply(lambda lots: lots - lots // unit)

    def _unit(self) -> int:
        """How many times the smallest position of these proportions the legs are."""
        return gcd(*(leg.lots for leg in self._state.legs)) or 1

    def _add(self, what: str) -> None:
        view = self._view
        near = view.expiry(self._state.expiry)
        if what == FUTURE:
            self._state.add(view.future(near.expiry).leg(1, Fill.TRADE))
        else:
            right = Right(what)
            strike = edits.at_the_money(near, right)
            self._state.add(near.leg(right, strike, 1, Fill.TRADE))

    # edits
    @property
    def _view(self) -> ChainView:
        """With the prices of this moment."""
        self._state.renew()
        if self._state.view is None:
            raise RuleBroken("The chain is not here yet; try again in a moment.")
        return self._state.view

    async def _edit(self, at: int, what: str, value: Any) -> None:
        if at >= len(self._state.legs):
            return  # it was removed while the edit was on its way
        before = self._state.revision
        name = str(value) if what == FORGET else what.removesuffix("-step")
        self._refused.pop((at, name), None)
        try:
            if what == FORGET:
                pass
            elif what == "expiry":
                await self._choose_expiry(at, date.fromisoformat(str(value)))
            else:
                self._acts[what](at, self._state.legs[at], value)
        except AppError as problem:
            self._refused[at, name] = (str(value) if what == name else None, str(problem))
        if self._state.revision == before:
            self._show()

    def _key(self, what: str) -> None:
        (self._state.undo if what == "undo" else self._state.redo)()

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except AppError as problem:
            ui.notify(str(problem), type="negative", position="bottom-right")

    def _put(self, at: int, leg: Leg) -> None:
        self._state.put_leg(at, leg)

    def _turn(self, at: int, leg: Leg, *, buy: bool) -> None:
        if leg.is_buy is not buy:
            self._put(at, edits.reversed_leg(leg, self._view))

    def _type_lots(self, at: int, leg: Leg, text: str) -> None:
        lots = _whole(text, "a number of lots")
        sign = -1 if leg.quantity < 0 and lots > 0 else 1
        self._put(at, edits.of_lots(leg, sign * lots, self._view))

    def _step_lots(self, at: int, leg: Leg, by: int) -> None:
        """More or less of it on its side; one lot is the least, 0 has to be typed."""
        sign = -1 if leg.quantity < 0 else 1
        lots = max(abs(leg.lots) + int(by), 1)
        self._put(at, edits.of_lots(leg, sign * lots, self._view))

    def _type_units(self, at: int, leg: Leg, text: str) -> None:
        units = _whole(text, "a number of units")
        sign = -1 if leg.quantity < 0 and units > 0 else 1
        self._put(at, edits.of_units(leg, sign * units, self._view))

    def _type_strike(self, at: int, leg: Leg, text: str) -> None:
        if text.strip():
            strike = edits.number_from(text, "a strike")
            self._put(at, edits.at_strike(leg, self._view, strike))

    def _choose_right(self, at: int, leg: Leg, text: str) -> None:
        view = self._view
        new = edits.future(leg, view) if text == FUTURE else edits.option(leg, view, Right(text))
        self._put(at, new)

    async def _choose_expiry(self, at: int, day: date) -> None:
        leg = self._state.legs[at]
        await self._state.reach(day)
        self._put(at, edits.at_expiry(leg, self._view, day))

    def _reprice(self, at: int, leg: Leg, _: object) -> None:
        now = edits.priced(leg, self._view)
        if now.price != now.price:
            raise RuleBroken(f"Nobody {'offers' if leg.is_buy else 'bids'} now: the price stays.")
        self._put(at, now)

    def _type_price(self, at: int, leg: Leg, text: str) -> None:
        if not text.strip():
            self._put(at, edits.priced(leg, self._view))
            return
        price = edits.number_from(text, "a price")
        if not 0 <= price <= MOST_PRICE:
            raise RuleBroken(f"A price lies between 0 and {formats.rupees(MOST_PRICE, 0)}.")
        self._put(at, replace(leg, price=price))

    def _type_iv(self, at: int, leg: Leg, text: str) -> None:
        if not text.strip():
            self._put(at, replace(leg, iv=None))
            return
        percent = edits.number_from(text, "a volatility in per cent")
        if not 0.1 <= percent <= MOST_POINTS:
            raise RuleBroken(f"A volatility lies between 0.1 % and {MOST_POINTS:g} %.")
        self._put(at, replace(leg, iv=percent / 100))

    def _type_shift(self, at: int, leg: Leg, text: str) -> None:
        points = edits.number_from(text, "a number of vol points") if text.strip() else 0.0
        if abs(points) > MOST_POINTS:
            raise RuleBroken(f"At most {MOST_POINTS:g} vol points either way.")
        self._put(at, replace(leg, iv_shift=points / 100))

    # what is shown
    def _show(self) -> None:
        state = self._state
        if len(state.legs) < self._count:
            self._refused.clear()  # they were told of other rows
        self._count = len(state.legs)
        self._nothing.set_visibility(not state.legs)
        self._undo.props(f"{'' if state.can_undo else 'disabled'}", remove="disabled")
        self._redo.props(f"{'' if state.can_redo else 'disabled'}", remove="disabled")
        self._table.show([self._row(at, leg) for at, leg in enumerate(state.legs)])
        self._live()

    def _row(self, at: int, leg: Leg) -> Row:
        refused = {name: told for (row, name), told in self._refused.items() if row == at}
        problems = [each for each in self._state.problems if each.leg == at]
        fields = {
            "lots": str(abs(leg.lots)) if not leg.odd_units else f"{leg.lots or ''}+",
            "units": formats.quantity(abs(leg.quantity)),
            "strike": "" if leg.strike is None else strike_text(leg.strike),
            "price": "" if leg.price != leg.price else f"{leg.price:.2f}",
            "iv": "" if leg.iv is None else f"{100 * leg.iv:.2f}",
            "shift": f"{100 * leg.iv_shift:+.4g}" if leg.iv_shift else "",
        }
        return {
            **fields,
            **{name: typed for name, (typed, _) in refused.items() if name in fields and typed},
            "title": leg.title,
            "sold": leg.quantity < 0,
            "enabled": leg.enabled,
            "right": leg.right or FUTURE,
            "expiry": leg.expiry.isoformat(),
            "days": self._days(leg),
            "bad": {name: why for name, (_, why) in refused.items()},
            "lost": any(each.fault in LOST for each in problems),
            "problems": [*(why for _, why in refused.values()), *(each.text for each in problems)],
        }

    def _days(self, leg: Leg) -> list[tuple[str, str]]:
        """What may be chosen, with the leg's own where that is gone."""
        chains, view = self._state.chains, self._state.view
        listed = chains.listed
        if leg.right is None and view is not None:
            listed = [each.expiry for each in view.futures]
        days = sorted({*listed, leg.expiry})
        return [(day.isoformat(), _day(day, far=day.year != days[0].year)) for day in days]

    def _live(self) -> None:
        picture, legs = self._state.picture, self._state.legs
        known = {id(each.leg): each for each in picture.figures} if picture is not None else {}
        found = [known.get(id(leg)) for leg in legs]
        self._table.live(
            [self._figures(leg, each) for leg, each in zip(legs, found, strict=True)],
            self._total(),
        )

    def _figures(self, leg: Leg, told: LegFigures | None) -> dict[str, str]:
        bid, ask, last = self._quote(leg)
        pnl = told.pnl if told is not None else nan
        iv = told.iv - leg.iv_shift if told is not None else nan
        quotes = f"bid {formats.price(bid)} · ask {formats.price(ask)}"
        return {
            "ltp": formats.price(last),
            "quote": f"{quotes}; click to enter at what can be had now",
            "iv": f"{100 * iv:.2f}" if iv == iv else "",
            "ivTip": "Of the market; type another" if iv == iv else "No volatility is known yet",
            "delta": formats.signed(told.delta if told is not None else nan, 1),
            "pnl": formats.signed(pnl, 0),
            "tone": tone(pnl),
        }

    def _quote(self, leg: Leg) -> tuple[float, float, float]:
        market = self._state.services.market
        row = market.known(leg.key)
        if row is None or leg.symbol != self._state.symbol:
            return nan, nan, nan
        bid, ask, last = market.values[row, [Col.BID, Col.ASK, Col.LTP]].tolist()
        return bid, ask, last

    def _total(self) -> dict[str, str]:
        counted, picture = self._state.counted, self._state.picture
        premium = net_premium(counted)
        pnl = sum(each.pnl for each in picture.summary.legs) if picture is not None else nan
        delta = picture.summary.greeks.delta if picture is not None else nan
        left = len(self._state.legs) - len(counted)
        words = f"{len(counted)} {'leg counts' if len(counted) == 1 else 'legs count'}"
        return {
            "words": f"{words}, {left} not" if left else words,
            "premium": formats.signed(premium, 0),
            "way": "received" if premium > 0 else "paid" if premium < 0 else "",
            "delta": formats.signed(delta, 1),
            "pnl": formats.signed(pnl, 0),
            "tone": tone(pnl),
        }


def _whole(text: str, what: str) -> int:
    found = edits.number_from(text, what)
    if found != int(found):
        raise RuleBroken(f"“{text[:20]}” is not {what}: whole numbers only.")
    return int(found)


def _day(day: date, *, far: bool) -> str:
    return f"{day:%d %b %y}" if far else f"{day:%d %b}"
