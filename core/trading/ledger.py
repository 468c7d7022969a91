"""The ledger: positions, round trips and charges, told from fills alone.

Fills may come in any order and more than once. Each contract's are put in the order in which they
happened before anything is counted, so the same fills always give the same books.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from core.charges.charges import Charges, Exercise, Trade, charges
from core.charges.plans import UPSTOX, Plan
from core.charges.rates import Segment
from core.clock import IST
from core.errors import BadData
from core.ids import BrokerOrderId, InstrumentKey
from core.instruments.instrument import Instrument, Kind, Right
from core.trading.fills import Fill, FillId, in_order
from core.trading.positions import Position
from core.trading.requests import Product

Holding = tuple[InstrumentKey, Product]
"""What a position is of: a contract, and how it is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A contract's end: what is held is closed at `price`, in rupees a unit.

    Of an option that is what it is worth if exercised, of a future the settlement price.
    """

    key: InstrumentKey
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """Units bought and sold again, or the other way; first in, first out.

    `quantity` is below 0 where it was sold first; `expired` where the contract's end closed it,
    which no fill did (`closed_by` is None).
    """

    key: InstrumentKey
    product: Product
    quantity: int
    opened_at: datetime
    closed_at: datetime
    entry: Decimal
    exit: Decimal
    opened_by: FillId
    closed_by: FillId | None
    expired: bool = False

    @property
    def profit(self) -> Decimal:
        """Rupees, before charges."""
        return self.quantity * (self.exit - self.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLot:
    """What a fill opened and nothing has closed yet; `quantity` is below 0 where it was sold."""

    key: InstrumentKey
    product: Product
    quantity: int
    price: Decimal
    opened_at: datetime
    opened_by: FillId


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnover:
    """Units, and rupees for them."""

    bought: int = 0
    paid: Decimal = Decimal(0)
    sold: int = 0
    got: Decimal = Decimal(0)

    def after(self, fill: Fill) -> "Turnover":
        if fill.signed > 0:
            return replace(self, bought=self.bought + fill.quantity, paid=self.paid + fill.value)
        return replace(self, sold=self.sold + fill.quantity, got=self.got + fill.value)


class Ledger:
    """Books over fills and settlements."""

    def __init__(self, fills: Iterable[Fill] = (), settlements: Iterable[Settlement] = ()) -> None:
        self._fills: dict[Holding, dict[FillId, Fill]] = defaultdict(dict)
        self._settlements: dict[InstrumentKey, Settlement] = {}
        self._positions: dict[Holding, Position] = {}
        self._carried: dict[Holding, tuple[Position, Position]] = {}
        self._turnover: dict[Holding, Turnover] = {}
        self.add(fills)
        for each in settlements:
            self.settle(each)

    def add(self, fills: Iterable[Fill]) -> list[Fill]:
        """Enter what is new, and return it; raises BadData for a fill told in two ways."""
        new = []
        for fill in fills:
            known = self._fills[fill.key, fill.product]
            if (had := known.get(fill.id)) is None:
                known[fill.id] = fill
                new.append(fill)
                at = (fill.key, fill.product)
                self._positions.pop(at, None)
                self._carried.pop(at, None)
                self._turnover[at] = self.turnover(at).after(fill)
            elif had != fill:
                raise BadData(f"trade {fill.trade_id} of {fill.order_id} is told in two ways")
        return new

    def settle(self, settlement: Settlement) -> bool:
        """Close a contract at its end; False if it was closed before."""
        known = self._settlements.get(settlement.key)
        if known is not None and known != settlement:
            raise BadData(f"{settlement.key} was settled at {known.price} already")
        if known is not None:
            return False
        self._settlements[settlement.key] = settlement
        self._positions = {at: p for at, p in self._positions.items() if at[0] != settlement.key}
        self._carried = {at: p for at, p in self._carried.items() if at[0] != settlement.key}
        return True

    def has_ended(self, key: InstrumentKey) -> bool:
        """Whether the contract was settled at its end."""
        return key in self._settlements

    @property
    def fills(self) -> list[Fill]:
        return in_order(fill for known in self._fills.values() for fill in known.values())

    @property
    def settlements(self) -> list[Settlement]:
        return list(self._settlements.values())

    def fills_of(self, orders: Iterable[BrokerOrderId]) -> list[Fill]:
        wanted = set(orders)
        return [fill for fill in self.fills if fill.order_id in wanted]

    def position(self, key: InstrumentKey, product: Product) -> Position:
        """Flat where nothing was ever traded."""
        if (key, product) not in self._positions:
            self._positions[key, product] = self._count((key, product))
        return self._positions[key, product]

    def positions(self) -> list[Position]:
        """Of everything ever traded, flat ones too."""
        return [self.position(*at) for at in sorted(at for at, f in self._fills.items() if f)]

    def position_from(self, start: Position) -> Position:
        """What these books make of a position that was there before them."""
        at = (start.key, start.product)
        known = self._carried.get(at)
        if known is None or known[0] != start:
            known = self._carried[at] = (start, self._after(start))
        return known[1]

    def entries(self, at: Holding) -> int:
        """How much is booked of a holding: grows with each fill, and with the contract's end."""
        return len(self._fills.get(at, ())) + (at[0] in self._settlements)

    def turnover(self, at: Holding) -> Turnover:
        """What was bought and sold of a holding, for how much."""
        return self._turnover.get(at, Turnover())

    def held(self, key: InstrumentKey) -> int:
        """Units of a contract over all products, below 0 sold."""
        return sum(self.position(*at).quantity for at in list(self._fills) if at[0] == key)

    def round_trips(self) -> list[RoundTrip]:
        """In the order in which they were closed."""
        found = [trip for at in self._fills for trip in self._pair(at)[0]]
        return sorted(found, key=lambda trip: (trip.closed_at, trip.opened_at, trip.key))

    def open_lots(self) -> list[OpenLot]:
        """In the order in which they were opened."""
        found = [lot for at in self._fills for lot in self._pair(at)[1]]
        return sorted(found, key=lambda lot: (lot.opened_at, lot.key))

    def charges(
        self, instruments: Mapping[InstrumentKey, Instrument], plan: Plan = UPSTOX
    ) -> Charges:
        """Of every fill and every exercise; raises BadData for a contract not in `instruments`."""
        exercises = (self.exercise(at, instruments) for at in self._fills)
        return charges(trades(self.fills, instruments), [each for each in exercises if each], plan)

    def charges_of(
        self, at: Holding, instruments: Mapping[InstrumentKey, Instrument], plan: Plan = UPSTOX
    ) -> Charges:
        """Of one holding's: an order is of one holding, so that those of all add up."""
        exercise = self.exercise(at, instruments)
        fills = in_order(self._fills.get(at, {}).values())
        return charges(trades(fills, instruments), [exercise] if exercise else [], plan)

    def _events(self, at: Holding) -> tuple[list[Fill], Settlement | None]:
        return in_order(self._fills.get(at, {}).values()), self._settlements.get(at[0])

    def _count(self, at: Holding) -> Position:
        return self._after(Position(key=at[0], product=at[1]))

    def _after(self, position: Position) -> Position:
        fills, settlement = self._events((position.key, position.product))
        for fill in fills:
            position = position.after(fill.signed, fill.price)
        if settlement is not None:
            position = position.after(-position.quantity, settlement.price)
        return position

    def _pair(self, at: Holding) -> tuple[list[RoundTrip], list[OpenLot]]:
        fills, settlement = self._events(at)
        waiting: deque[_Lot] = deque()
        trips = []
        for fill in fills:
            trips += _close(at, waiting, _Lot(fill.signed, fill.price, fill.at, fill.id))
        if settlement is not None and waiting:
            rest = -sum(lot.quantity for lot in waiting)
            trips += _close(at, waiting, _Lot(rest, settlement.price, settlement.at, None))
        return trips, [lot.as_open(at) for lot in waiting]

    def exercise(
        self, at: Holding, instruments: Mapping[InstrumentKey, Instrument]
    ) -> Exercise | None:
        """The tax of an option that was held long to its end and was worth something."""
        fills, settlement = self._events(at)
        held = sum(fill.signed for fill in fills)
        if settlement is None or held <= 0:
            return None
        option = _instrument(at[0], instruments)
        if not option.is_option or option.strike is None:
            return None
        right = Right.CALL if option.kind is Kind.CALL else Right.PUT
        strike = Decimal(str(option.strike))
        way = 1 if right is Right.CALL else -1
        return Exercise(
            exchange=option.exchange,
            underlying=option.underlying_symbol,
            right=right,
            strike=strike,
            settlement=strike + way * settlement.price,
            quantity=held,
            day=settlement.at.astimezone(IST).date(),
        )


@dataclass(slots=True)
class _Lot:
    quantity: int
    price: Decimal
    at: datetime
    by: FillId | None

    def as_open(self, at: Holding) -> OpenLot:
        assert self.by is not None  # a contract's end opens nothing
        return OpenLot(
            key=at[0],
            product=at[1],
            quantity=self.quantity,
            price=self.price,
            opened_at=self.at,
            opened_by=self.by,
        )


def _close(at: Holding, open_lots: "deque[_Lot]", lot: _Lot) -> list[RoundTrip]:
    """Set a trade against what is open, oldest first; what is left of it is open itself."""
    trips = []
    while lot.quantity and open_lots and open_lots[0].quantity * lot.quantity < 0:
        first = open_lots[0]
        assert first.by is not None
        units = min(abs(first.quantity), abs(lot.quantity))
        closed = units if first.quantity > 0 else -units
        trips.append(
            RoundTrip(
                key=at[0],
                product=at[1],
                quantity=closed,
                opened_at=first.at,
                closed_at=lot.at,
                entry=first.price,
                exit=lot.price,
                opened_by=first.by,
                closed_by=lot.by,
                expired=lot.by is None,
            )
        )
        first.quantity -= closed
        lot.quantity += closed
        if not first.quantity:
            open_lots.popleft()
    if lot.quantity:
        open_lots.append(lot)
    return trips


def trades(fills: Sequence[Fill], instruments: Mapping[InstrumentKey, Instrument]) -> list[Trade]:
    """Fills as the tables of charges want them; raises BadData for an unknown contract."""
    return [
        Trade(
            segment=segment_of(_instrument(fill.key, instruments), fill.product),
            exchange=instruments[fill.key].exchange,
            underlying=instruments[fill.key].underlying_symbol or instruments[fill.key].symbol,
            side=fill.side,
            quantity=fill.quantity,
            price=fill.price,
            day=fill.at.astimezone(IST).date(),
            order_id=fill.order_id,
        )
        for fill in fills
    ]


def segment_of(instrument: Instrument, product: Product) -> Segment:
    """By which table a trade is charged; raises BadData for what is not traded."""
    if instrument.is_option:
        return Segment.OPTION
    if instrument.kind is Kind.FUTURE:
        return Segment.FUTURE
    if instrument.kind is not Kind.EQUITY:
        raise BadData(f"{instrument.symbol} is not traded, so it has no charges")
    intraday = product is Product.INTRADAY
    return Segment.EQUITY_INTRADAY if intraday else Segment.EQUITY_DELIVERY


def _instrument(key: InstrumentKey, instruments: Mapping[InstrumentKey, Instrument]) -> Instrument:
    found = instruments.get(key)
    if found is None:
        raise BadData(f"{key} is not listed, so its charges are not known")
    return found
