"""The library of drafts in words: what stands in a row, what a search finds, what a file is."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from core.clock import IST
from core.errors import BadData
from core.instruments.instrument import strike_text
from core.strategies.draft import Draft, Fault, Problem
from core.strategies.legs import Leg
from ui.builder.state import LOST
from ui.theme import formats

SHORT = 4
"""Legs that are named in a row; the rest are counted."""


def tags_from(text: str) -> tuple[str, ...]:
    """`"hedge, Weekly , hedge"` → `("hedge", "Weekly")`."""
    found: dict[str, str] = {}
    for word in text.split(","):
        tidy = " ".join(word.split())
        if tidy:
            found.setdefault(tidy.casefold(), tidy)
    return tuple(found.values())


def found(drafts: Iterable[Draft], text: str, tag: str = "") -> list[Draft]:
    """Those that have every word somewhere, and the tag."""
    words = text.casefold().split()
    return [
        draft
        for draft in drafts
        if (not tag or tag in draft.tags) and all(word in _searched(draft) for word in words)
    ]


def every_tag(drafts: Iterable[Draft]) -> list[str]:
    return sorted({tag for draft in drafts for tag in draft.tags}, key=str.casefold)


def legs_in_words(legs: Sequence[Leg]) -> str:
    """`-24400C +24600C · 23 Nov`, `-2×24400C …` for more than a lot."""
    if not legs:
        return "no legs"
    days = sorted({leg.expiry for leg in legs})
    parts = [_contract(leg) for leg in legs[:SHORT]]
    more = f" … {len(legs) - SHORT} more" if len(legs) > SHORT else ""
    return f"{' '.join(parts)}{more} · {', '.join(f'{day:%d %b}' for day in days)}"


def lost_in_words(problems: Sequence[Problem]) -> tuple[str, str]:
    """How many legs cannot be had any more, and why, a line each; empty when all can."""
    gone = [each for each in problems if each.fault in LOST and each.leg is not None]
    count = len({each.leg for each in gone})
    if not count:
        return "", ""
    expired = all(each.fault is Fault.EXPIRED for each in gone)
    word = "expired" if expired else "gone"
    return f"{count} {word}", "\n".join(each.text for each in gone)


def file_name(draft: Draft) -> str:
    """`strikedesk-NIFTY-iron-condor.json`."""
    words = f"strikedesk-{draft.symbol}-{draft.name}"
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in words)
    return "-".join(part for part in kept.split("-") if part)[:100] + ".json"


def text_of(data: bytes) -> str:
    """Raises BadData for what is no text."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadData("This file is not a text; a draft is a JSON file.") from None


def edited_in_words(draft: Draft, now: datetime) -> str:
    """The time of today, else the day."""
    at = draft.edited_at.astimezone(IST)
    same = at.date() == now.astimezone(IST).date()
    return f"{at:%H:%M}" if same else formats.short_day(at)


def _contract(leg: Leg) -> str:
    what = f"{strike_text(leg.strike)}{'C' if leg.is_call else 'P'}" if leg.strike else "FUT"
    times = f"{abs(leg.lots)}×" if abs(leg.lots) != 1 else ""
    return f"{'-' if leg.lots < 0 else '+'}{times}{what}"


def _searched(draft: Draft) -> str:
    legs = " ".join(leg.title for leg in draft.legs)
    return f"{draft.name} {draft.symbol} {' '.join(draft.tags)} {draft.notes} {legs}".casefold()
