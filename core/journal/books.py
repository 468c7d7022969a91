"""Books over all days: round trips with their charges to the paisa, and what is still open."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from core.charges.charges import Charges, Exercise, of_trade
from core.charges.plans import UPSTOX, Plan
from core.charges.rates import NOTHING, Segment
from core.charges.shares import shares, split, total_of
from core.clock import IST
from core.errors import AppError
from core.ids import BrokerOrderId
from core.instruments.instrument import Instrument
from core.journal.contracts import ContractId, Contracts, Settled, id_of
from core.trading.fills import Fill, FillId, in_order
from core.trading.ledger import Holding, Ledger, OpenLot, RoundTrip, Settlement, segment_of, trades
from core.trading.requests import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose order a fill came from; `group` is the strategy or basket that it belongs to."""

    order: str = ""
    group: str = ""
    source: Source = Source.EXTERNAL


UNKNOWN_ORIGIN = Origin()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A round trip with its contract, its charges (whole paise) and where it came from."""

    id: str
    contract: Instrument
    trip: RoundTrip
    charges: Charges
    origin: Origin

    @property
    def profit(self) -> Decimal:
        """Rupees, before charges."""
        return self.trip.profit

    @property
    def net(self) -> Decimal:
        """Rupees, after charges."""
        return self.trip.profit - self.charges.total

    @property
    def day(self) -> date:
        """On which it was closed, in IST."""
        return day_of(self.trip.closed_at)

    @property
    def segment(self) -> Segment:
        return segment_of(self.contract, self.trip.product)

    @property
    def underlying(self) -> str:
        return self.contract.underlying_symbol or self.contract.symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What is still held of a fill, and what opening it cost in charges."""

    contract: Instrument
    lot: OpenLot
    charges: Charges
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """`left_out` are fills that could not be booked, each with the reason."""

    trips: tuple[Trip, ...] = ()
    open: tuple[Open, ...] = ()
    left_out: tuple[tuple[Fill, str], ...] = ()
    charges: Charges = field(default_factory=Charges)

    @property
    def profit(self) -> Decimal:
        return sum((trip.profit for trip in self.trips), Decimal(0))


def day_of(moment: datetime) -> date:
    return moment.astimezone(IST).date()


def books(
    fills: Iterable[Fill],
    contracts: Contracts,
    settled: Iterable[Settled] = (),
    origins: Mapping[BrokerOrderId, Origin] | None = None,
    plan: Plan = UPSTOX,
) -> Books:
    """All that fills and settlements add up to.

    `charges` are those of everything booked, closed or open; raises BadData for contradictions.
    """
    lives, left_out = _by_contract(in_order(fills), contracts)
    ends: dict[ContractId, Settled] = {(each.key, each.expiry): each for each in settled}
    ledgers = {id: _ledger(fills, ends.get(id)) for id, (_, fills) in lives.items()}
    ends_of = {(id, at): e for id, each in ledgers.items() for at, e in _exercises(lives[id], each)}
    priced = [(fill, contract) for contract, each in lives.values() for fill in each]
    priced.sort(key=lambda pair: (pair[0].at, len(pair[0].trade_id), pair[0].trade_id))
    asked = [trades([fill], {fill.key: contract})[0] for fill, contract in priced]
    given = shares(asked, list(ends_of.values()), plan)
    by_fill = {fill.id: c for (fill, _), c in zip(priced, given.trades, strict=True)}
    by_end = dict(zip(ends_of, given.exercises, strict=True))
    found: list[Trip] = []
    still: list[Open] = []
    for id, (contract, each) in lives.items():
        sharing = _Sharing(contract, each, by_fill, origins or {})
        ended = {at: by_end[id, at] for at in _holdings(each) if (id, at) in by_end}
        made, left = sharing.of(ledgers[id], ended)
        found += made
        still += left
    found.sort(key=lambda trip: (trip.trip.closed_at, trip.trip.opened_at, trip.id))
    return Books(
        trips=tuple(found),
        open=tuple(sorted(still, key=lambda each: (each.lot.opened_at, each.lot.key))),
        left_out=tuple(left_out),
        charges=total_of([*given.trades, *given.exercises]),
    )


Life = tuple[Instrument, list[Fill]]


def _by_contract(
    fills: Sequence[Fill], contracts: Contracts
) -> tuple[dict[ContractId, Life], list[tuple[Fill, str]]]:
    """Fills by the contract that they were of; those without one, or without charges, apart."""
    lives: dict[ContractId, Life] = {}
    left_out = []
    for fill in fills:
        contract = contracts.of(fill.key, day_of(fill.at))
        if contract is None:
            left_out.append((fill, f"nobody knows which contract {fill.key} was"))
        elif problem := _no_charges(fill, contract):
            left_out.append((fill, problem))
        else:
            lives.setdefault(id_of(contract), (contract, []))[1].append(fill)
    return lives, left_out


def _no_charges(fill: Fill, contract: Instrument) -> str:
    """Why the tables know no charges of a fill; empty when they do."""
    try:
        of_trade(trades([fill], {fill.key: contract})[0], NOTHING)
    except AppError as problem:
        return str(problem)
    return ""


def _ledger(fills: Sequence[Fill], end: Settled | None) -> Ledger:
    ledger = Ledger(fills)
    if end is not None:
        ledger.settle(Settlement(key=end.key, price=end.price, at=end.at))
    return ledger


def _holdings(fills: Iterable[Fill]) -> list[Holding]:
    return list(dict.fromkeys((fill.key, fill.product) for fill in fills))


def _exercises(life: Life, ledger: Ledger) -> list[tuple[Holding, Exercise]]:
    contract, fills = life
    found = []
    for at in _holdings(fills):
        if exercise := ledger.exercise(at, {contract.key: contract}):
            found.append((at, exercise))
    return found


class _Sharing:
    """A contract's charges, given to its trips: units leave a fill in the order of time."""

    def __init__(
        self,
        contract: Instrument,
        fills: Iterable[Fill],
        charges: Mapping[FillId, Charges],
        origins: Mapping[BrokerOrderId, Origin],
    ) -> None:
        self._contract, self._charges, self._origins = contract, charges, origins
        self._units = {fill.id: fill.quantity for fill in fills}
        self._uses: dict[FillId, list[int]] = defaultdict(list)
        self._parts: dict[FillId, list[Charges]] = {}

    def of(self, ledger: Ledger, ends: Mapping[Holding, Charges]) -> tuple[list[Trip], list[Open]]:
        trips, lots = ledger.round_trips(), ledger.open_lots()
        uses = [self._use(trip) for trip in trips]
        held = [self._take(lot.opened_by, abs(lot.quantity)) for lot in lots]
        self._parts = {id: split(self._charges[id], units) for id, units in self._uses.items()}
        exercised = self._exercised(trips, ends)
        made = [
            self._trip(trip, use, exercised[place])
            for place, (trip, use) in enumerate(zip(trips, uses, strict=True))
        ]
        left = [
            Open(
                contract=self._contract,
                lot=lot,
                charges=self._parts[lot.opened_by][use],
                origin=self._origin(lot.opened_by),
            )
            for lot, use in zip(lots, held, strict=True)
        ]
        return made, left

    def _use(self, trip: RoundTrip) -> tuple[int, int]:
        """The places of the trip's parts among those of its two fills; -1 for a contract's end."""
        units = abs(trip.quantity)
        closing = -1 if trip.closed_by is None else self._take(trip.closed_by, units)
        return self._take(trip.opened_by, units), closing

    def _take(self, fill: FillId, units: int) -> int:
        self._uses[fill].append(units)
        return len(self._uses[fill]) - 1

    def _exercised(
        self, trips: Sequence[RoundTrip], ends: Mapping[Holding, Charges]
    ) -> list[Charges]:
        """The tax of exercise of each trip, 0 for those that a fill closed."""
        found = [Charges()] * len(trips)
        for at, charges in ends.items():
            places = [i for i, t in enumerate(trips) if t.expired and (t.key, t.product) == at]
            parts = split(charges, [abs(trips[i].quantity) for i in places])
            for place, part in zip(places, parts, strict=True):
                found[place] = part
        return found

    def _trip(self, trip: RoundTrip, use: tuple[int, int], exercised: Charges) -> Trip:
        parts = [self._parts[trip.opened_by][use[0]], exercised]
        if trip.closed_by is not None:
            parts.append(self._parts[trip.closed_by][use[1]])
        order, number = trip.opened_by
        return Trip(
            id=f"{order}-{number}-{use[0]}",
            contract=self._contract,
            trip=trip,
            charges=total_of(parts),
            origin=self._origin(trip.opened_by),
        )

    def _origin(self, fill: FillId) -> Origin:
        return self._origins.get(fill[0], UNKNOWN_ORIGIN)
