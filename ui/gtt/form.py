"""The form of an order good till triggered: texts as typed, and the terms that they make."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import uuid4

from core.errors import RuleBroken
from core.ids import GttId
from core.instruments.instrument import Instrument
from core.ticket.terms import products
from core.trading.gtt import Gtt, GttStatus
from core.trading.gtt_terms import (
    NO_PROTECTION,
    GttKind,
    GttRequest,
    Role,
    Rule,
    Trigger,
    pair,
)
from core.trading.requests import Product, Side

Texts = dict[str, str]
FIELDS: Final = ("price", "target", "stop", "gap")
PREVIEW: Final = GttId("preview")
MOST_LOTS: Final = 100_000


@dataclass(slots=True, kw_only=True)
class GttForm:
    """`texts` by field; without a `trigger` it is on its price's side; `changing` is modified.

    `click` names the form as it was opened: it is good for one sending.
    """

    instrument: Instrument
    kind: GttKind = GttKind.SINGLE
    side: Side = Side.BUY
    product: Product = Product.CARRY
    trigger: Trigger | None = None
    lots: int = 1
    protection: int = NO_PROTECTION
    texts: Texts = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    changing: Gtt | None = None
    group: str = ""
    click: str = field(default_factory=lambda: uuid4().hex)

    @property
    def lot_size(self) -> int:
        return max(self.instrument.lot_size, 1)

    @property
    def quantity(self) -> int:
        return self.lots * self.lot_size

    @property
    def products(self) -> tuple[Product, ...]:
        return products(self.instrument)

    @property
    def entered(self) -> bool:
        """Whether what is modified has placed its entry: its size stays then."""
        return self.changing is not None and self.changing.status is not GttStatus.WAITING

    def closing(self, held: int) -> None:
        """Fill in what closes `held` units."""
        self.side = Side.SELL if held > 0 else Side.BUY
        self.lots = max(abs(held) // self.lot_size, 1)

    def requests(self, last: float) -> tuple[GttRequest, ...]:
        """One, or stop and target of a pair; raises RuleBroken for what cannot be."""
        if not 0 < self.lots <= MOST_LOTS:
            raise RuleBroken("how many lots?")
        if self.kind is GttKind.OCO:
            return self._pair()
        rules = [self._rule(Role.ENTRY, self._price("price", "trigger"), self._trigger(last))]
        if self.kind is GttKind.BRACKET:
            rules += self._exits()
        return (self._request(self.side, tuple(rules)),)

    def _exits(self) -> list[Rule]:
        found = []
        if self.texts["target"].strip():
            price = self._price("target", "target")
            found.append(Rule(role=Role.TARGET, trigger=Trigger.IMMEDIATE, price=price))
        if self.texts["stop"].strip():
            gap = self._price("gap", "trailing gap") if self.texts["gap"].strip() else None
            rule = Rule(
                role=Role.STOPLOSS,
                trigger=Trigger.IMMEDIATE,
                price=self._price("stop", "stop loss"),
                trailing_gap=gap,
                protection=self.protection,
            )
            found.append(rule)
        elif self.texts["gap"].strip():
            raise RuleBroken("only a stop loss can trail: give one")
        if not found:
            raise RuleBroken("a bracket needs a target, a stop loss, or both")
        return found

    def _pair(self) -> tuple[GttRequest, ...]:
        """A sale stops below and takes profit above; a purchase the other way."""
        below = self.side is Side.SELL
        stop = self._rule(
            Role.ENTRY, self._price("stop", "stop"), Trigger.BELOW if below else Trigger.ABOVE
        )
        target = Rule(
            role=Role.ENTRY,
            trigger=Trigger.ABOVE if below else Trigger.BELOW,
            price=self._price("target", "target"),
        )
        both = (self._request(self.side, (stop,)), self._request(self.side, (target,)))
        pair(*both, (PREVIEW, PREVIEW))  # refuses what does not fit together
        return both

    def _rule(self, role: Role, price: Decimal, trigger: Trigger) -> Rule:
        """An entry at once is limited to its price: that is what it is for."""
        protection = NO_PROTECTION if trigger is Trigger.IMMEDIATE else self.protection
        return Rule(role=role, trigger=trigger, price=price, protection=protection)

    def _request(self, side: Side, rules: tuple[Rule, ...]) -> GttRequest:
        return GttRequest(
            key=self.instrument.key,
            side=side,
            quantity=self.quantity,
            product=self.product,
            rules=rules,
            group=self.group,
        )

    def _trigger(self, last: float) -> Trigger:
        """As chosen; else the side of the last price on which the trigger lies."""
        if self.trigger is not None:
            return self.trigger
        if last != last:
            raise RuleBroken("the last price is not known: choose at or above, or at or below")
        price = float(self._price("price", "trigger"))
        return Trigger.ABOVE if price >= last else Trigger.BELOW

    def _price(self, name: str, title: str) -> Decimal:
        text = self.texts[name].replace(",", "").replace("₹", "").strip()
        if not text:
            raise RuleBroken(f"a price is needed for the {title}")
        try:
            price = Decimal(text)
        except InvalidOperation as problem:
            raise RuleBroken(f"“{self.texts[name]}” is no price for the {title}") from problem
        if not price.is_finite() or price <= 0:
            raise RuleBroken(f"“{self.texts[name]}” is no price for the {title}")
        tick = self.instrument.tick_size
        if tick and price % tick:
            raise RuleBroken(f"the {title} {price} is not a multiple of the tick of {tick}")
        return price


def form_of(gtt: Gtt, instrument: Instrument) -> GttForm:
    """With what holds now, to be changed."""
    terms = gtt.terms
    form = GttForm(
        instrument=instrument,
        kind=GttKind.BRACKET if terms.kind is GttKind.BRACKET else GttKind.SINGLE,
        side=terms.side,
        product=terms.product,
        trigger=terms.entry.trigger,
        lots=max(terms.quantity // max(instrument.lot_size, 1), 1),
        protection=next((r.protection for r in terms.rules if r.protection), NO_PROTECTION),
        changing=gtt,
        group=terms.group,
    )
    form.texts["price"] = _plain(terms.entry.price)
    for name, role in (("target", Role.TARGET), ("stop", Role.STOPLOSS)):
        if (rule := terms.rule(role)) is not None:
            form.texts[name] = _plain(rule.price)
            if rule.trailing_gap is not None:
                form.texts["gap"] = _plain(rule.trailing_gap)
    return form


def _plain(price: Decimal) -> str:
    return f"{price:.2f}"
