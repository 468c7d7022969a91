"""Laying legs on the table: a template by the strikes that were chosen last, legs of an address."""

import re
from datetime import date
from typing import Any, Final

from core.errors import BadData, RuleBroken
from core.instruments.instrument import Right
from core.strategies.chain_view import ChainView, Fill
from core.strategies.chooser import By, Chooser
from core.strategies.legs import Leg
from core.strategies.templates import BY_NAME
from ui.builder.state import BuilderState
from ui.components.choices import Choices
from ui.theme import formats

KEPT: Final = "builder.chooser"
USUAL: Final = {
    By.OFFSET: 4.0,
    By.DELTA: 0.25,
    By.PREMIUM: 50.0,
    "width": 4.0,
    "shift": 0.0,
    "lots": 1.0,
}
BOUNDS: Final = {
    By.OFFSET: ("number of strikes", 0.0, 100.0),
    By.DELTA: ("delta", 0.01, 0.99),
    By.PREMIUM: ("premium", 0.05, 1e6),
    "width": ("width", 1.0, 100.0),
    "shift": ("shift", -100.0, 100.0),
    "lots": ("number of lots", 1.0, 1_000.0),
}
MOST_ASKED: Final = 40
"""Legs in an address."""

_ASKED: Final = re.compile(r"(?:(\d{1,7}(?:\.\d{1,2})?)(CE|PE)|FUT):([+-]?\d{1,5})")


def wishes(choices: Choices) -> dict[str, Any]:
    """What was chosen last, by the names of `USUAL`, and `by`."""
    return {"by": str(By.OFFSET), **USUAL, **choices.get(KEPT, dict[str, Any]())}


def way(choices: Choices) -> By:
    kept = wishes(choices)["by"]
    return By(kept) if kept in set(By) else By.OFFSET


def chooser(choices: Choices, near: date | None, far: date | None = None) -> Chooser:
    """Raises RuleBroken for what cannot be chosen by."""
    by = way(choices)
    value = _number(choices, by)
    return Chooser(
        by=by,
        offset=int(value) if by is By.OFFSET else 0,
        delta=value if by is By.DELTA else 0.0,
        premium=value if by is By.PREMIUM else 0.0,
        shift=int(_number(choices, "shift")),
        width=int(_number(choices, "width")),
        near=near,
        far=far,
        lots=int(_number(choices, "lots")),
        fill=Fill.TRADE,
    )


def _number(choices: Choices, name: str) -> float:
    found, (words, least, most) = wishes(choices)[name], BOUNDS[name]
    if not isinstance(found, int | float) or not least <= found <= most:
        raise RuleBroken(f"The {words} must lie between {least:g} and {most:g}.")
    return float(found)


async def lay(state: BuilderState, name: str, how: Chooser) -> None:
    """Put a template's legs in place of what is there; raises RuleBroken for what is not listed."""
    template = BY_NAME.get(name)
    if template is None:
        raise BadData(f"There is no template “{name[:40]}”.")
    if how.far is not None:
        await state.reach(how.far)
    legs = template.build(_view(state), how)
    state.put_legs(legs, name=f"{template.title} {formats.short_day(legs[0].expiry)}")


def asked_legs(state: BuilderState, text: str) -> list[Leg]:
    """Of an address: `24200CE:-1,FUT:1`, lots below 0 sold, of the chosen expiry.

    Raises BadData for what cannot be read, RuleBroken for what is not listed.
    """
    parts = text.upper().split(",")[:MOST_ASKED]
    return [_asked(_view(state), state.expiry, part.strip()) for part in parts]


def _asked(view: ChainView, expiry: date | None, text: str) -> Leg:
    found = _ASKED.fullmatch(text)
    if found is None or not int(found[3]):
        raise BadData(f"“{text[:20]}” is no leg: write 24200CE:-1 or FUT:1.")
    strike, right, lots = found.groups()
    near = view.expiry(expiry)
    if right is None:
        return view.future(near.expiry).leg(int(lots), Fill.TRADE)
    return near.leg(Right(right), float(strike), int(lots), Fill.TRADE)


def _view(state: BuilderState) -> ChainView:
    if state.view is None:
        raise RuleBroken("The chain is not here yet; try again in a moment.")
    return state.view
