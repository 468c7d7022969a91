"""Drafts: positions on paper, kept under a name, and everything that may be wrong with one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from core.ids import LOCAL_USER, InstrumentKey, UserId
from core.instruments.instrument import Instrument, Kind
from core.strategies.legs import Leg


class Watched(StrEnum):
    PNL = "pnl"  # rupees, before charges
    SPOT = "spot"


class Crossing(StrEnum):
    RISES = "rises to"
    FALLS = "falls to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Tells once, when what is watched reaches `level` (rupees) in that direction."""

    watched: Watched
    crossing: Crossing
    level: float
    fired_at: datetime | None = None

    @property
    def waits(self) -> "Alert":
        """The same, before it has told."""
        return replace(self, fired_at=None)

    def reached(self, value: float) -> bool:
        """nan reaches nothing."""
        up = self.crossing is Crossing.RISES
        return value >= self.level if up else value <= self.level


def alert_from(watched: Watched, level: float, now: float) -> Alert:
    """One that waits for `level` to be crossed from where the value is now."""
    crossing = Crossing.FALLS if level < now else Crossing.RISES
    return Alert(watched=watched, crossing=crossing, level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`tracked` drafts are followed at live prices as virtual positions, a P&L candle a minute."""

    id: str
    user: UserId = LOCAL_USER
    name: str
    symbol: str
    legs: tuple[Leg, ...]
    created_at: datetime
    edited_at: datetime
    tags: tuple[str, ...] = ()
    notes: str = ""
    alerts: tuple[Alert, ...] = ()
    tracked: bool = False

    def edited(self, now: datetime, **changes: object) -> "Draft":
        return replace(self, edited_at=now, **changes)  # type: ignore[arg-type]

    def duplicate(self, now: datetime) -> "Draft":
        """A new draft of the same legs; it is not tracked, and its alerts have not told yet."""
        return replace(
            self,
            id=new_draft_id(),
            name=f"{self.name} (copy)",
            created_at=now,
            edited_at=now,
            alerts=tuple(alert.waits for alert in self.alerts),
            tracked=False,
        )

    def told_as(self, known: "Draft") -> "Draft":
        """This draft, its alerts told where the same ones of `known` are; each counts once."""
        told = [alert for alert in known.alerts if alert.fired_at is not None]
        after = []
        for alert in self.alerts:
            same = next((each for each in told if each.waits == alert.waits), None)
            if same is not None:
                told.remove(same)
            after.append(alert if same is None else same)
        return replace(self, alerts=tuple(after))


def new_draft_id() -> str:
    return uuid4().hex


class Fault(StrEnum):
    """What may be wrong with a leg, or with the whole."""

    NO_LEGS = "no legs"
    FOREIGN = "another underlying"
    EXPIRED = "expired"
    NO_QUANTITY = "no quantity"
    NOT_IN_LOTS = "not in lots"
    NOT_LISTED = "not listed"
    OTHER_CONTRACT = "another contract now"
    NO_PRICE = "no entry price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`leg` counts from 0, None for the whole; `text` is for a person and says what to do."""

    fault: Fault
    leg: int | None
    text: str


def checks(
    draft: Draft, now: datetime, listed: Mapping[InstrumentKey, Instrument] | None = None
) -> list[Problem]:
    """Everything that is wrong, leg by leg; the draft stays as it is.

    `listed`: today's instruments for the legs' keys; None leaves out what only they can tell.
    """
    if not draft.legs:
        return [Problem(fault=Fault.NO_LEGS, leg=None, text="There are no legs yet.")]
    return [
        Problem(fault=fault, leg=at, text=f"{leg.title}: {text}")
        for at, leg in enumerate(draft.legs)
        for fault, text in _faults(leg, draft.symbol, now, listed)
    ]


def _faults(
    leg: Leg, symbol: str, now: datetime, listed: Mapping[InstrumentKey, Instrument] | None
) -> Iterator[tuple[Fault, str]]:
    if leg.symbol != symbol:
        yield Fault.FOREIGN, f"this draft is on {symbol}; take the leg out, or start another draft."
    if leg.expired(now) and not leg.exited:
        yield (
            Fault.EXPIRED,
            "it has expired; take it out, or give an exit price.",
        )
    if not leg.quantity:
        yield Fault.NO_QUANTITY, "the quantity is 0; it counts for nothing."
    if leg.price != leg.price:
        yield Fault.NO_PRICE, "the entry price is not known; type it."
    now_listed = None if listed is None else listed.get(leg.key)
    yield from _lots(leg, now_listed)
    if listed is not None and not leg.expired(now):
        yield from _listing(leg, now_listed)


def _lots(leg: Leg, listed: Instrument | None) -> Iterator[tuple[Fault, str]]:
    lot = listed.lot_size if listed is not None and _same(leg, listed) else leg.lot_size
    if leg.quantity % lot if lot > 0 else True:
        was = "" if lot == leg.lot_size else f" (it was {leg.lot_size} when this was saved)"
        text = f"{abs(leg.quantity)} units are not a multiple of the lot of {lot}{was}."
        yield Fault.NOT_IN_LOTS, text


def _listing(leg: Leg, listed: Instrument | None) -> Iterator[tuple[Fault, str]]:
    if listed is None:
        yield (
            Fault.NOT_LISTED,
            "not listed today; choose a listed strike or expiry.",
        )
    elif not _same(leg, listed):
        yield (
            Fault.OTHER_CONTRACT,
            f"its key is {listed.symbol} today; choose the contract anew.",
        )


def _same(leg: Leg, listed: Instrument) -> bool:
    """Exchange tokens are used again for other contracts."""
    kind = Kind.FUTURE if not leg.is_option else Kind.CALL if leg.is_call else Kind.PUT
    mine = (leg.symbol, leg.expiry, leg.strike, kind)
    return mine == (listed.underlying_symbol, listed.expiry, listed.strike, listed.kind)
