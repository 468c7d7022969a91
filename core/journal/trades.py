"""Trades: round trips that belong together, from flat to flat.

Those of one strategy or basket are one trade, whatever their legs; others are one trade for each
contract and product. A trade ends when nothing of it is held, and what follows is another one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from core.charges.charges import Charges
from core.charges.shares import total_of
from core.instruments.instrument import Instrument
from core.journal.books import Books, Open, Trip, day_of
from core.trading.fills import FillId

PAUSE: Final = timedelta(minutes=1)
"""A strategy that rolls is flat for moments; after a longer pause it is another trade."""
NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """`group` is the strategy or basket, empty for a trade by hand, and `name` what it is called;
    `open` what is still held.

    `id` is its first fill, so that notes stay with it as it grows.
    """

    id: str
    group: str
    name: str
    trips: tuple[Trip, ...]
    open: tuple[Open, ...]

    @property
    def is_closed(self) -> bool:
        return not self.open

    @property
    def contracts(self) -> list[Instrument]:
        """Each once, in the order in which they were opened."""
        return list({each.contract.key: each.contract for each in self._pieces()}.values())

    @property
    def underlying(self) -> str:
        """One, or several with commas."""
        names = (each.underlying_symbol or each.symbol for each in self.contracts)
        return ", ".join(dict.fromkeys(names))

    @property
    def title(self) -> str:
        if self.name:
            return self.name
        return ", ".join(each.symbol for each in self.contracts)

    @property
    def opened_at(self) -> datetime:
        return min(_opened(each) for each in self._pieces())

    @property
    def closed_at(self) -> datetime | None:
        """None while something is held."""
        return None if self.open else max(trip.trip.closed_at for trip in self.trips)

    @property
    def day(self) -> date | None:
        """On which it was closed, in IST."""
        return day_of(self.closed_at) if self.closed_at else None

    @property
    def held(self) -> timedelta | None:
        return self.closed_at - self.opened_at if self.closed_at else None

    @property
    def profit(self) -> Decimal:
        """Realised rupees, before charges."""
        return sum((trip.profit for trip in self.trips), Decimal(0))

    @property
    def charges(self) -> Charges:
        """Of the round trips; what opening the rest cost comes with its end."""
        return total_of([trip.charges for trip in self.trips])

    @property
    def net(self) -> Decimal:
        return self.profit - self.charges.total

    @property
    def units(self) -> int:
        """Opened in all, over all contracts."""
        closed = sum(abs(trip.trip.quantity) for trip in self.trips)
        return closed + sum(abs(each.lot.quantity) for each in self.open)

    @property
    def direction(self) -> str:
        """bought, sold, or both where it has legs of both kinds."""
        ways = {_signed(each) > 0 for each in self._pieces()}
        return "both" if len(ways) > 1 else ("bought" if True in ways else "sold")

    @property
    def entry_fill(self) -> FillId:
        return _opener(min(self._pieces(), key=_opened))

    @property
    def exit_fill(self) -> FillId | None:
        """The last; None while something is held, or where the contract's end closed it."""
        if self.open:
            return None
        return max(self.trips, key=lambda trip: trip.trip.closed_at).trip.closed_by

    def _pieces(self) -> list[Trip | Open]:
        return sorted([*self.trips, *self.open], key=_opened)


def trades(books: Books, names: Mapping[str, str] | None = None) -> list[Trade]:
    """The newest first. `names` tells what groups are called; others have their own words, and one
    whose name is empty is called by its contracts."""
    buckets: dict[tuple[object, ...], list[Trip | Open]] = defaultdict(list)
    pieces: list[Trip | Open] = [*books.trips, *books.open]
    for each in pieces:
        buckets[_bucket(each)].append(each)
    found = [
        _trade(str(group), (names or {}).get(str(group), str(group)), episode)
        for (group, *_), bucket in buckets.items()
        for episode in _episodes(bucket, PAUSE if group else timedelta(0))
    ]
    return sorted(found, key=lambda trade: trade.opened_at, reverse=True)


def _bucket(each: Trip | Open) -> tuple[object, ...]:
    if each.origin.group:
        return (each.origin.group,)
    product = each.trip.product if isinstance(each, Trip) else each.lot.product
    return "", each.contract.key, each.contract.expiry, product


def _episodes(pieces: Iterable[Trip | Open], pause: timedelta) -> list[list[Trip | Open]]:
    """From flat to flat; a piece that opens as the last one ends is of the next, without a pause
    that is allowed."""
    found: list[list[Trip | Open]] = []
    end = None
    for each in sorted(pieces, key=_opened):
        if end is None or _opened(each) - end > pause or (not pause and _opened(each) == end):
            found.append([])
            end = _closed(each)
        found[-1].append(each)
        end = max(end, _closed(each))
    return found


def _trade(group: str, name: str, pieces: list[Trip | Open]) -> Trade:
    order, number = _opener(pieces[0])
    return Trade(
        id=f"{order}-{number}",
        group=group,
        name=name,
        trips=tuple(each for each in pieces if isinstance(each, Trip)),
        open=tuple(each for each in pieces if isinstance(each, Open)),
    )


def _opened(each: Trip | Open) -> datetime:
    return each.trip.opened_at if isinstance(each, Trip) else each.lot.opened_at


def _closed(each: Trip | Open) -> datetime:
    return each.trip.closed_at if isinstance(each, Trip) else NEVER


def _opener(each: Trip | Open) -> FillId:
    return each.trip.opened_by if isinstance(each, Trip) else each.lot.opened_by


def _signed(each: Trip | Open) -> int:
    return each.trip.quantity if isinstance(each, Trip) else each.lot.quantity
