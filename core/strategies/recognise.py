"""Recognise a position: which template its legs make, whatever their strikes and size."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import gcd
from typing import Final

from core.instruments.instrument import Right
from core.strategies.chooser import Anchor
from core.strategies.legs import Leg, in_play
from core.strategies.template import Part, Template
from core.strategies.templates import TEMPLATES

AWAY: Final = {Anchor.MONEY: 0, Anchor.CALL: 100, Anchor.PUT: -100}
"""Anchors as places in a row of strikes; a template's own steps are much smaller."""
Row = tuple[tuple[int, int, str, int], ...]
"""Per leg: rank of its expiry, rank of its strike, right, ratio; sorted."""


def recognise(legs: Sequence[Leg]) -> Template | None:
    """The template that the legs make; None where they make none, or lie on two underlyings."""
    found = in_play(legs)
    if not found or len({leg.symbol for leg in found}) > 1:
        return None
    options = [leg for leg in found if leg.strike is not None]
    size = gcd(*(abs(leg.quantity) for leg in found))
    row = _row(
        [
            (leg.expiry.toordinal() if leg.is_option else 0, leg.strike, leg.right, leg.quantity)
            for leg in found
        ],
        size,
    )
    fitting = [each for each in TEMPLATES if template_row(each.name) == row]
    spread = _gaps([leg.strike for leg in options if leg.strike is not None])
    return min(fitting, key=lambda t: _miss(_template_gaps(t), spread), default=None)


def title(legs: Sequence[Leg]) -> str:
    """`NIFTY Iron condor`, else `NIFTY 3 legs`; "Nothing open" without legs."""
    found = in_play(legs)
    if not found:
        return "Nothing open"
    symbols = sorted({leg.symbol for leg in found})
    template = recognise(found)
    what = template.title if template else f"{len(found)} leg{'s' * (len(found) > 1)}"
    return f"{' + '.join(symbols)} {what}"


def clusters(legs: Sequence[Leg]) -> list[list[Leg]]:
    """Legs that most likely belong together: of one underlying if they make a template, else of
    one expiry."""
    groups: list[list[Leg]] = []
    for symbol in sorted({leg.symbol for leg in in_play(legs)}):
        mine = [leg for leg in in_play(legs) if leg.symbol == symbol]
        if recognise(mine) is not None:
            groups.append(mine)
            continue
        for expiry in sorted({leg.expiry for leg in mine}):
            groups.append([leg for leg in mine if leg.expiry == expiry])
    return groups


@cache
def template_row(name: str) -> Row:
    parts = _template(name).parts
    return _row(
        [(0 if p.right is None else 1 + p.far, _place(p), p.right, p.lots) for p in parts], 1
    )


def _template(name: str) -> Template:
    return next(each for each in TEMPLATES if each.name == name)


def _place(part: Part) -> float | None:
    return None if part.right is None else float(AWAY[part.anchor] + part.steps)


def _row(legs: Sequence[tuple[int, float | None, Right | None, int]], size: int) -> Row:
    expiries = sorted({expiry for expiry, strike, _, _ in legs if strike is not None})
    strikes = sorted({strike for _, strike, _, _ in legs if strike is not None})
    made = [
        (
            -1 if strike is None else expiries.index(expiry),
            -1 if strike is None else strikes.index(strike),
            str(right or "FUT"),
            quantity // size,
        )
        for expiry, strike, right, quantity in legs
    ]
    return tuple(sorted(made))


def _template_gaps(template: Template) -> list[float]:
    places = [_place(part) for part in template.parts]
    return _gaps([place for place in places if place is not None])


def _gaps(strikes: Sequence[float]) -> list[float]:
    """Distances between neighbours, the smallest as 1."""
    rising = sorted(set(strikes))
    between = [b - a for a, b in pairwise(rising)]
    least = min(between, default=1.0)
    return [gap / least for gap in between]


def _miss(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How unlike two rows of distances are; anchors far apart count as any distance."""
    return sum(
        abs(a - b) for a, b in zip(ours, theirs, strict=True) if a < min(AWAY[Anchor.CALL] / 4, 20)
    )
