"""What the ticket shows, as plain values for its browser part."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from core.charges.charges import HEADS, Charges
from core.errors import AppError
from core.services import Services
from core.services.order_records import terms as own_words
from core.services.trading import Trading
from core.state.market import Col
from core.ticket.costs import Costs
from core.ticket.effect import Effect
from core.ticket.terms import Terms, products
from core.ticket.wording import Field, became, price_text, protection
from core.trading.broker_orders import Status
from core.trading.requests import AUTOMATIC, OrderType, Side, Validity
from ui.builder.charge_words import HEAD_NAMES
from ui.components.fresh import fresh
from ui.theme import formats
from ui.theme.colors import MODE_WORDS, tone
from ui.ticket.form import UNSURE, Phase, TicketForm

Row = tuple[str, str, str, str, str]
"""Name, label, text, hover, tone."""
TYPES: Final = {
    OrderType.LIMIT: "Limit",
    OrderType.MARKET: "Market",
    OrderType.SL: "SL",
    OrderType.SL_M: "SL-M",
}
VALIDITIES: Final = {Validity.DAY: "Day", Validity.IOC: "IOC"}
PROTECTIONS: Final = (AUTOMATIC, 1, 2, 3, 5, 10, 15, 25)
NO_SL_M: Final = "The exchange takes no stop-loss market order in options"
EXPIRY: Final = "The underlying, if it is held to its end; without the tax on exercise"
GREEKS: Final = (
    ("delta", "Delta", 1, "Units of the underlying: ₹ per point"),
    ("gamma", "Gamma", 4, "Change of delta per point"),
    ("theta", "Theta", 0, "₹ per calendar day"),
    ("vega", "Vega", 0, "₹ per vol point"),
)
TONES: Final = {
    Status.FILLED: "up",
    Status.UNKNOWN: "warn",
    Status.LOST: "warn",
    Status.REJECTED: "down",
    Status.EXPIRED: "down",
}


def picture(services: Services, trading: Trading, form: TicketForm) -> dict[str, Any]:
    """All of it; without a contract only that there is none."""
    if (terms := form.terms) is None:
        return {"open": False}
    reckoned = form.costs()
    reasons = form.reasons()
    return {
        "open": True,
        "opened": form.opened,
        "click": form.click,
        "phase": form.phase.value,
        "answers": form.answers,
        "mode": {"name": services.mode.value, "words": MODE_WORDS[services.mode]},
        "broker": trading.broker,
        "head": _head(terms),
        "live": _live(services, form),
        "depth": [[x.bid_quantity, x.bid, x.ask, x.ask_quantity] for x in form.sight.depth()],
        "form": _fields(form, terms),
        "choices": _choices(terms),
        "protection": protection(terms, form.sight.quote()),
        "rows": [*_money(form, terms, reckoned), *_greeks(form, terms)],
        "size": _size(form, reckoned),
        "reasons": _by_field(reasons),
        "warnings": form.warnings() if form.phase is Phase.READY else [],
        "send": _send(form, terms, able=not reasons),
        "sent": _sent(form),
        "spelt": spelt(trading, form) if form.order or not reasons else [],
    }


def _head(terms: Terms) -> dict[str, Any]:
    what = terms.instrument
    expires = f" · expires {formats.short_day(what.expiry)}" if what.expiry else ""
    return {
        "symbol": what.symbol,
        "about": f"{what.segment.replace('_', ' ')} · lot {formats.quantity(terms.lot_size)}"
        f"{expires}",
        "contract": terms.instrument.lot_size > 1,
    }


def _live(services: Services, form: TicketForm) -> dict[str, Any]:
    """The quote, how old it is, and why it may not be believed."""
    row, quote = form.sight.row, form.sight.quote()
    old, why = fresh(services, row)
    heard, close = (float(services.market.values[row, c]) for c in (Col.RECEIVED, Col.CLOSE))
    age = services.clock.now().timestamp() - heard / 1000
    change = (quote.ltp - close) / close if close > 0 else float("nan")
    return {
        "bid": formats.price(quote.bid),
        "ask": formats.price(quote.ask),
        "mid": formats.price(quote.mid),
        "ltp": formats.price(quote.ltp),
        "raw": {k: _known(getattr(quote, k)) for k in ("bid", "mid", "ask", "ltp")},
        "change": formats.signed_percent(change),
        "tone": tone(change),
        "age": f"{formats.age(age)} ago" if age == age else "not heard yet",
        "old": bool(old or why),
        "why": why,
    }


def _fields(form: TicketForm, terms: Terms) -> dict[str, Any]:
    """The values of the inputs; a text that means nothing stays as it was typed."""
    lots = terms.quantity / terms.lot_size
    values: dict[str, Any] = {
        "side": terms.side.value,
        "lots": f"{lots:.2f}" if terms.lots is None else str(terms.lots),
        "units": str(terms.quantity),
        "product": terms.product.value,
        "type": terms.type.value,
        "validity": terms.validity.value,
        "amo": terms.amo,
        "price": _price(terms.price),
        "trigger": _price(terms.trigger_price),
        "protection": terms.protection,
        "disclosed": str(terms.disclosed // terms.lot_size),
        "has_price": terms.type.has_price,
        "has_trigger": terms.type.has_trigger,
    }
    return {**values, **form.typed}


def _choices(terms: Terms) -> dict[str, Any]:
    stop = NO_SL_M if terms.instrument.is_option else ""
    return {
        "product": [[p.value, p.value.capitalize()] for p in products(terms.instrument)],
        "type": [
            [t.value, words, stop if t is OrderType.SL_M else ""] for t, words in TYPES.items()
        ],
        "validity": [[v.value, words] for v, words in VALIDITIES.items()],
        "protection": [[p, "Automatic" if p == AUTOMATIC else f"{p} %"] for p in PROTECTIONS],
    }


def _money(form: TicketForm, terms: Terms, found: Costs | None) -> list[Row]:
    if found is None:
        why = "There is no price that it could be reckoned at"
        names = ("value", "Order value"), ("charges", "Charges"), ("even", "Even at")
        return [*((name, label, formats.DASH, why, "") for name, label in names), _margin(form)]
    options = found.even_at_expiry == found.even_at_expiry
    both = (
        f"Closing it at {formats.price(float(found.even))} pays for the charges of both ways, "
        f"{_rupees(found.both_ways.total)}"
    )
    spread = "Against the middle of bid and ask, at once; below 0 it gains if it is filled"
    rows: list[Row] = [
        _margin(form),
        ("value", "Order value", _rupees(found.value), f"Reckoned at {found.basis}", ""),
        ("charges", "Charges", _rupees(found.now.total), _heads(found.now), ""),
        ("both-ways", "In and out", _rupees(found.both_ways.total), _heads(found.both_ways), ""),
        ("even", "Even at", formats.price(float(found.even)), both, ""),
        ("spread", "Spread cost", _rupees(found.spread), spread, ""),
    ]
    if options:
        at = formats.price(found.even_at_expiry)
        rows.insert(5, ("even-expiry", "Even at expiry", at, EXPIRY, ""))
    if len(terms.slices) > 1:
        text = f"{len(terms.slices)} orders: {' + '.join(map(str, terms.slices))}"
        tip = f"Above the freeze quantity of {terms.instrument.freeze_quantity}: the broker slices"
        rows.append(("slices", "Slices", text, tip, "warn"))
    return rows


def _margin(form: TicketForm) -> Row:
    terms, available = form.terms, form.available
    assert terms is not None
    left = f" of {_rupees(available)}" if available is not None else ""
    if form.typed or not terms.quantity:
        return ("margin", "Margin", formats.DASH, "The order is not complete", "")
    try:
        answer = form.sight.margin_of(terms.request())
    except AppError as problem:
        return ("margin", "Margin", f"{formats.DASH}{left}", str(problem).capitalize(), "")
    if answer is None:
        return ("margin", "Margin", f"…{left}", "Being asked for", "")
    total = answer.total
    short = available is not None and total is not None and total > available
    tip = f"{answer.label}, of this order by itself; after what the account has left"
    if answer.problem and answer.broker is None:
        tip = f"{answer.label}. The broker's: {answer.problem}"
    text = _rupees(total)
    return ("margin", "Margin", f"{text}{left}", tip, "down" if short else "")


def _heads(fees: Charges) -> str:
    return "\n".join(f"{HEAD_NAMES[name]} {_rupees(getattr(fees, name))}" for name in HEADS)


def _greeks(form: TicketForm, terms: Terms) -> list[Row]:
    effect: Effect = form.sight.effect(terms)
    symbol = terms.instrument.underlying_symbol or terms.instrument.symbol
    rows = []
    for name, label, digits, unit in GREEKS:
        before, added = getattr(effect.before, name), getattr(effect.added, name)
        after = getattr(effect.after, name)
        text = f"{formats.price(before, digits)} → {formats.price(after, digits)}"
        tip = f"{unit}, of all that is held of {symbol}; this order {formats.signed(added, digits)}"
        if added != added:
            tip = "Its volatility is not known yet"
        rows.append((name, label, text, tip, tone(added)))
    return rows


def _size(form: TicketForm, found: Costs | None) -> dict[str, Any]:
    terms = form.terms
    assert terms is not None
    price = None if found is None else found.price
    capital = form.sizing.of(form.available)
    return {
        "percent": _amount(form.sizing.percent),
        "stop": _price(form.sizing.stop),
        "capital": _amount(form.sizing.capital),
        "available": formats.price(float(capital), 0),
        "words": form.sizing.words(price, terms.lot_size, form.available),
        "lots": form.size() or 0,
    }


def _by_field(reasons: list[tuple[Field, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, reason in reasons:
        found.setdefault(field.value, []).append(reason)
    return found


def _send(form: TicketForm, terms: Terms, *, able: bool) -> dict[str, Any]:
    """The words of the one button, and whether it may be pressed."""
    buy = "Buy" if terms.side is Side.BUY else "Sell"
    lots = terms.lots
    size = f"{terms.quantity} {'unit' if terms.quantity == 1 else 'units'}"
    if lots is not None and terms.lot_size > 1:
        size = f"{lots} {'lot' if lots == 1 else 'lots'}"
    at = f"at {_price(terms.price)}" if terms.type.has_price else "at the market"
    words = f"{buy} {size} {at}"
    if form.phase is Phase.SENDING:
        words = "On its way …"
    return {"words": words, "able": able and form.phase is Phase.READY, "side": terms.side.value}


def _sent(form: TicketForm) -> dict[str, Any] | None:
    """What became of what was sent; None before anything was."""
    order = form.order
    if order is None:
        return {"text": form.said, "tone": "down", "id": ""} if form.said else None
    unsure = order.status in UNSURE
    return {
        "text": became(order),
        "tone": TONES.get(order.status, ""),
        "id": order.id,
        "status": order.status.value,
        "unsure": unsure,
        "cancel": order.status.is_working or unsure,
        "again": not unsure,
    }


def spelt(trading: Trading, form: TicketForm) -> list[tuple[str, str]]:
    """Exactly what will be sent, name by name, in the words of who takes it."""
    assert form.terms is not None
    request = form.order.request if form.order else form.terms.request()
    words: Mapping[str, object] = (
        own_words(request) if trading.spelling is None else trading.spelling(request)
    )
    tag = form.order_id or "our number, made as it is sent"
    return [*((name, _plain(value)) for name, value in words.items()), ("tag", tag)]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _amount(value: Decimal) -> str:
    """As it is typed: without grouping, empty for none."""
    return f"{value.normalize():f}" if value else ""


def _price(value: Decimal) -> str:
    return price_text(value) if value else ""


def _rupees(value: Decimal | float | None) -> str:
    """With the sign before the currency."""
    text = formats.rupees(None if value is None else abs(float(value)))
    return f"-{text}" if value is not None and value < 0 else text


def _known(value: float) -> float | None:
    return value if value == value else None
