"""The journal: everything that was wanted, sent, answered and decided, in a chain that shows edits.

Each entry's seal is the SHA-256 of the seal before it and of all that the entry says. Whoever
changes, removes or inserts an entry breaks every seal after it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.errors import BadData

FIRST_SEAL: Final = "0" * 64
"""What stands before the first entry."""
Value = str | int | bool | None | list[str]


class Kind(StrEnum):
    INTENT = "intent"  # somebody wants something
    DECISION = "risk decision"
    SENDING = "request"  # is on its way to the broker
    REPLY = "reply"
    UPDATE = "update"  # the broker said something by itself
    DIFFERENCE = "difference"  # we and the broker do not agree
    CONTROL = "control"  # limits, kill switch, arming


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`correlation` ties together what belongs together: our order id, or a click's own."""

    at: datetime
    kind: Kind
    correlation: str
    text: str
    facts: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """`number` counts from 1 without gaps."""

    number: int
    entry: Entry
    before: str
    seal: str


def seal(entry: Entry, number: int, before: str) -> Sealed:
    if entry.at.tzinfo is None:
        raise BadData(f"a journal entry of {entry.at} has no time zone")
    told = json.dumps(
        [
            number,
            int(entry.at.timestamp() * 1_000_000),
            entry.kind,
            entry.correlation,
            entry.text,
            dict(entry.facts),
        ],
        sort_keys=True,
        ensure_ascii=True,
        separators=(",", ":"),
    )
    digest = hashlib.sha256(f"{before}{told}".encode()).hexdigest()
    return Sealed(number=number, entry=entry, before=before, seal=digest)


def first_break(chain: Iterable[Sealed]) -> str:
    """What is wrong with a whole chain, and where; empty when it is unbroken."""
    before = FIRST_SEAL
    for number, each in enumerate(chain, 1):
        if each.number != number:
            return f"entry {number} is missing"
        if each.before != before:
            return f"entry {number} does not follow the one before it"
        if seal(each.entry, number, before).seal != each.seal:
            return f"entry {number} was changed after it was written"
        before = each.seal
    return ""
