"""How orders good till triggered are told."""

from datetime import date
from decimal import Decimal
from typing import Final

from core.clock import IST
from core.instruments.instrument import Instrument
from core.trading.gtt import Gtt, GttStatus, RuleStatus
from core.trading.gtt_terms import (
    NO_PROTECTION,
    GttKind,
    GttRequest,
    Role,
    Rule,
    Trigger,
    fires_at_once,
)
from core.trading.requests import AUTOMATIC, Product, Side
from ui.theme import formats

CHIPS: Final = {
    GttStatus.PENDING: ("PENDING", "warn"),
    GttStatus.UNKNOWN: ("UNKNOWN", "warn"),
    GttStatus.LOST: ("NEVER ARRIVED", ""),
    GttStatus.REJECTED: ("REJECTED", "down"),
    GttStatus.ACCEPTED: ("ACCEPTED", "accent"),
    GttStatus.WAITING: ("WAITING", "accent"),
    GttStatus.ENTERING: ("TRIGGERED", "accent"),
    GttStatus.GUARDING: ("GUARDING", "accent"),
    GttStatus.DONE: ("DONE", "up"),
    GttStatus.CANCELLED: ("CANCELLED", ""),
    GttStatus.FAILED: ("FAILED", "down"),
    GttStatus.EXPIRED: ("EXPIRED", ""),
    GttStatus.GONE: ("NOT LISTED", "warn"),
}
KINDS: Final = {GttKind.SINGLE: "Single", GttKind.OCO: "OCO", GttKind.BRACKET: "Bracket"}
SIGNS: Final = {Trigger.ABOVE: "≥", Trigger.BELOW: "≤", Trigger.IMMEDIATE: "at"}
SHORT: Final = {Role.ENTRY: "", Role.TARGET: "target", Role.STOPLOSS: "stop"}
UNKNOWN: Final = "no answer came: the broker's list is asked, it is never sent again"
GONE: Final = "the broker has ended it and did not say how: look at orders and trades"


def amount(price: Decimal) -> str:
    return formats.price(float(price))


def rules(request: GttRequest) -> str:
    """`≥ 150.00 · target 180.00 · stop 140.00 trailing 2.50`."""
    return " · ".join(_rule(rule) for rule in request.rules)


def _rule(rule: Rule) -> str:
    trailing = f" trailing {amount(rule.trailing_gap)}" if rule.trailing_gap else ""
    if rule.role is Role.ENTRY:
        return f"{SIGNS[rule.trigger]} {amount(rule.price)}"
    return f"{SHORT[rule.role]} {amount(rule.price)}{trailing}"


def note(gtt: Gtt, other: Gtt | None = None) -> str:
    """Why it is so, or what is being done about it; empty when its state says all."""
    if gtt.status is GttStatus.UNKNOWN:
        return UNKNOWN
    if gtt.status is GttStatus.GONE:
        return GONE
    if gtt.why:
        return gtt.why
    if gtt.status is GttStatus.GUARDING and gtt.told is not None:
        works = [r.role for r in gtt.told.rules if r.status is RuleStatus.OPEN]
        return " and ".join(str(role) for role in works if role is not Role.ENTRY)
    if other is not None and not gtt.status.is_final:
        return f"one of two: the other is {other.status}"
    return ""


def asked(request: GttRequest, listed: Instrument | None) -> str:
    """`BUY 65 NIFTY 24200 CE ≥ 150.00 · stop 140.00`."""
    name = listed.symbol if listed else request.key
    return f"{request.side.upper()} {request.quantity} {name} {rules(request)}"


def plan(requests: tuple[GttRequest, ...], last: float, expiry: date | None = None) -> list[str]:
    """What will happen, one sentence each; `expiry` is the contract's."""
    if len(requests) == 2:
        return _pair_plan(requests, expiry)
    (request,) = requests
    said = [_entry(request, last)]
    for role in (Role.TARGET, Role.STOPLOSS):
        if (rule := request.rule(role)) is not None:
            said.append(_exit(request, rule))
    if request.kind is GttKind.BRACKET:
        said.append("The broker keeps both exits itself; whichever is done first ends the other.")
    said.append(_life(request, expiry))
    return said


def _entry(request: GttRequest, last: float) -> str:
    entry, act = request.entry, request.side.upper()
    limit = _limit(entry, request.side)
    if entry.trigger is Trigger.IMMEDIATE:
        return f"At once: {act} {request.quantity} with a limit of {amount(entry.price)}."
    when = "rises to" if entry.trigger is Trigger.ABOVE else "falls to"
    now = " The price is there already: it fires at once." if fires_at_once(request, last) else ""
    return (
        f"When the last price {when} {amount(entry.price)}: {act} {request.quantity}, {limit}.{now}"
    )


def _exit(request: GttRequest, rule: Rule) -> str:
    act = request.side_of(rule.role).upper()
    if rule.role is Role.TARGET:
        return f"Once filled: {act} {request.quantity} rests at {amount(rule.price)}."
    when = "falls to" if request.side is Side.BUY else "rises to"
    limit = _limit(rule, request.side_of(rule.role))
    trail = ""
    if rule.trailing_gap is not None:
        trail = f" It follows the price by steps of {amount(rule.trailing_gap)}."
    return f"If the price {when} {amount(rule.price)}: {act} {request.quantity}, {limit}.{trail}"


def _limit(rule: Rule, side: Side) -> str:
    if rule.protection == NO_PROTECTION:
        return f"limit {amount(rule.price)} (it may rest unfilled if the price jumps beyond)"
    if rule.protection == AUTOMATIC:
        return "with the broker's own protection around the trigger"
    worse = "above" if side is Side.BUY else "below"
    return f"with a limit up to {rule.protection} % {worse} the trigger"


def _life(request: GttRequest, expiry: date | None) -> str:
    end = f"until its contract ends on {expiry:%d %b %Y}" if expiry else "for a year at most"
    if request.product is Product.INTRADAY:
        end = "until the end of the day"
    return f"It waits at the broker {end}, also while this desk is off."


def _pair_plan(requests: tuple[GttRequest, ...], expiry: date | None) -> list[str]:
    return [
        *(
            f"{name}: {_entry(each, float('nan'))}"
            for name, each in zip(PAIR, requests, strict=True)
        ),
        "The broker knows no such pair: it gets two, and this desk ends the other one as soon as "
        "one is triggered. While the desk is off nobody does that, and both could be filled.",
        _life(requests[0], expiry),
    ]


PAIR: Final = ("Stop", "Target")


def last_day(gtt: Gtt, listed: Instrument | None) -> date | None:
    """Until when it waits: its contract may end before it does; None while it is not told."""
    told = gtt.told.expires_at.astimezone(IST).date() if gtt.told else None
    days = [day for day in (told, listed.expiry if listed else None) if day is not None]
    return min(days) if days else None
