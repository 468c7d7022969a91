"""How a basket or an order in slices stands, as rows and words."""

from typing import Final

from core.services.basket_legs import LegNow
from core.services.slicer import SliceNow
from core.services.trading import Trading
from core.trading.baskets import Late
from core.trading.broker_orders import Status
from core.trading.executions import BasketRun, Execution, Phase, SliceRun
from core.trading.requests import Side
from core.trading.slices import Slicing, what
from ui.components.data_table import Cell, Column, Row
from ui.theme import formats

COLUMNS: Final = (
    Column(name="step", title="#", classes="num dim", width="26px"),
    Column(name="leg", title="Leg", classes="execution-leg", width="34%"),
    Column(name="filled", title="Filled", classes="num", width="86px"),
    Column(name="price", title="Price", classes="num wide-only", width="84px"),
    Column(name="status", title="Status", width="96px"),
    Column(name="now", title="Now", classes="dim"),
)
TONES: Final = {
    Phase.RUNNING: "accent",
    Phase.PAUSED: "warn",
    Phase.STOPPING: "warn",
    Phase.UNWINDING: "warn",
    Phase.INTERRUPTED: "warn",
    Phase.DONE: "up",
    Phase.STOPPED: "warn",
    Phase.FAILED: "down",
    Phase.UNWOUND: "warn",
}


def basket_rows(trading: Trading, run: BasketRun) -> list[Row]:
    """Its legs, in the sequence in which they are sent, and those that unwind it."""
    rows = _rows(trading, run)
    for child in trading.baskets.unwindings(run.id):
        rows += _rows(trading, child)
    return rows


def _rows(trading: Trading, run: BasketRun) -> list[Row]:
    legs = trading.baskets.legs(run.id)
    step_now = _step_now(run, legs)
    return [
        _row(trading, run, legs[at], number, step_now)
        for number, stage in enumerate(run.basket.stages, 1)
        for at in stage
    ]


def _step_now(run: BasketRun, legs: list[LegNow]) -> int:
    for number, stage in enumerate(run.basket.stages, 1):
        if not all(legs[at].done for at in stage):
            return number
    return len(run.basket.stages) + 1


def _row(trading: Trading, run: BasketRun, leg: LegNow, step: int, step_now: int) -> Row:
    request = leg.leg.request
    buys = request.side is Side.BUY
    side = "up" if buys else "down"
    word = ("BUY" if buys else "SELL") + (" · exit" if leg.leg.closes else "")
    working = leg.working
    price = leg.average if leg.filled else working.terms.price if working else request.price
    tip = "average of what is filled" if leg.filled else "limit; 0 for a market order"
    return Row(
        f"{run.id}-{leg.at}",
        (
            "↩" if run.parent else str(step),
            Cell(f"{word} {leg.leg.title}", side, leg.leg.words),
            f"{formats.quantity(leg.filled)}/{formats.quantity(request.quantity)}",
            Cell(formats.price(float(price)) if price else "market", "", tip),
            Cell(leg.status, _status_tone(leg)),
            _now(trading, run, leg, step, step_now),
        ),
    )


def _status_tone(leg: LegNow) -> str:
    if not leg.missing:
        return "up"
    if leg.unknown:
        return "warn"
    return "down" if leg.ended_short else ""


def _now(trading: Trading, run: BasketRun, leg: LegNow, step: int, step_now: int) -> str:
    if leg.unknown:
        return "an answer got lost: the broker is asked"
    if leg.undone:
        return f"{formats.quantity(leg.undone)} closed again"
    if not leg.missing:
        return "" if leg.booked else "its trades are awaited"
    if leg.ended_short:
        return leg.live[-1].why
    if not run.phase.is_live:
        return ""
    if leg.working is not None:
        return _waiting(trading, run, leg)
    return f"waits for step {step_now}" if step > step_now else ""


def _waiting(trading: Trading, run: BasketRun, leg: LegNow) -> str:
    policy = run.basket.policy
    seconds, moved = trading.baskets.waited(run.id, leg)
    if run.phase is not Phase.RUNNING or policy.late is Late.WAIT:
        return "waits for its fill"
    told = f"{seconds:.0f} of {policy.seconds:g} s"
    return f"{told}, moved {moved} of {policy.steps}" if policy.late is Late.CHASE else told


def slice_figures(run: SliceRun, now: SliceNow) -> list[tuple[str, str]]:
    """Names and numbers of an order in slices."""
    plan = run.plan
    found = [
        ("Done", f"{formats.quantity(now.filled)} of {formats.quantity(plan.request.quantity)}"),
        ("Average", formats.price(float(now.average)) if now.average else formats.DASH),
        ("Limit", formats.price(float(plan.limit)) if plan.limit else "at the touch"),
    ]
    if plan.slicing is Slicing.TWAP:
        found.append(("Remaining", formats.duration(now.remaining)))
        found.append(("Next slice", formats.duration(now.next_in)))
    else:
        found.append(("At a time", formats.quantity(plan.shown)))
    if plan.participation is not None:
        found.append(("Share at most", f"{plan.participation:g}%"))
    return [*found, ("At the exchange", _at_exchange(now))]


def _at_exchange(now: SliceNow) -> str:
    order = now.working
    if order is None:
        return "nothing"
    if order.status is Status.UNKNOWN:
        return "not known"
    left, price = formats.quantity(order.left), formats.price(float(order.terms.price))
    return f"{left} at {price}"


def title_of(run: Execution) -> str:
    return run.title if isinstance(run, BasketRun) else what(run.plan)


def kind_of(run: Execution) -> str:
    return run.basket.kind if isinstance(run, BasketRun) else run.plan.slicing


def progress_of(run: Execution, trading: Trading) -> float:
    """The part that is filled, 0 to 1."""
    if isinstance(run, SliceRun):
        return trading.slicer.now(run.id).filled / run.plan.request.quantity
    legs = trading.baskets.legs(run.id)
    wanted = sum(leg.leg.request.quantity for leg in legs)
    return sum(leg.filled for leg in legs) / wanted
