"""Random fills over many days, contracts, exchanges and products; and books kept in another way.

The second books know nothing of the first: queues of single units, fractions, and rates written
out by hand from the exchanges' circulars.
"""

import random
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from core.clock import IST
from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.instruments.instrument import Instrument, Kind
from core.journal.contracts import Settled
from core.trading.fills import Fill
from core.trading.requests import Product, Side
from tests.core.trading.samples import CALL

D, F = Decimal, Fraction
HEADS = ("brokerage", "stt", "transaction", "ipft", "sebi", "stamp", "gst")
DAYS = (
    date(2025, 4, 1),  # STT 0.1 %, NSE 3,503 + 50 a crore
    date(2026, 2, 27),  # the last session before the split of the NSE's fee changed
    date(2026, 3, 2),  # 3,552 + 1
    date(2026, 3, 31),  # the last day of STT 0.1 % and of a financial year
    date(2026, 4, 1),  # 0.15 %
    date(2026, 8, 21),
)
END = date(2026, 8, 25)


def contract(number: int, kind: Kind, exchange: str, symbol: str, **more: object) -> Instrument:
    segment = f"{exchange}_{'EQ' if kind is Kind.EQUITY else 'FO'}"
    given: dict[str, object] = {
        "key": InstrumentKey(f"{segment}|{number}"),
        "segment": segment,
        "exchange": exchange,
        "kind": kind,
        "symbol": f"{symbol} {number}",
        "underlying_symbol": symbol,
        "expiry": None if kind is Kind.EQUITY else END,
        "strike": 24_200.0 if kind in (Kind.CALL, Kind.PUT) else None,
    }
    return replace(CALL, **(given | more))  # type: ignore[arg-type]


LISTED = (
    contract(1, Kind.CALL, "NSE", "NIFTY"),
    contract(2, Kind.PUT, "NSE", "NIFTY"),
    contract(3, Kind.CALL, "BSE", "SENSEX"),
    contract(4, Kind.PUT, "BSE", "SENSEX50"),
    contract(5, Kind.FUTURE, "NSE", "NIFTY"),
    contract(6, Kind.FUTURE, "BSE", "SENSEX"),
    contract(7, Kind.EQUITY, "NSE", "TCS"),
    contract(8, Kind.EQUITY, "BSE", "TCS"),
)
BY_KEY = {each.key: each for each in LISTED}


def random_fills(chance: random.Random) -> list[Fill]:
    """Partial fills of orders, adds, part exits, exits, flips; several contracts and products."""
    found: list[Fill] = []
    held: dict[tuple[str, Product], int] = defaultdict(int)
    chosen = chance.sample(LISTED, chance.randint(1, 3))
    moment = datetime.combine(chance.choice(DAYS), datetime.min.time(), IST) + timedelta(hours=10)
    for order in range(chance.randint(1, 8)):
        if chance.random() < 0.25:
            later = [day for day in DAYS if day > moment.date()]
            if later:
                moment = datetime.combine(chance.choice(later), moment.timetz())
        one = chance.choice(chosen)
        product = chance.choice(_products(one))
        size = chance.choice([1, 65, 65, 130, 200])
        have = held[one.key, product]
        signed = chance.choice([size, -size, -have or size, -have - size or -size])
        held[one.key, product] += signed
        for units in _parts(chance, abs(signed)):
            moment += timedelta(seconds=chance.choice([0, 1, 60]))
            found.append(_fill(one, product, order, len(found), units, signed > 0, moment, chance))
    return found


def _products(one: Instrument) -> tuple[Product, ...]:
    if one.kind is Kind.EQUITY:
        return Product.INTRADAY, Product.DELIVERY
    return Product.INTRADAY, Product.CARRY


def _parts(chance: random.Random, units: int) -> list[int]:
    found = []
    while units:
        found.append(min(units, chance.choice([units, units, 1, 65, 75])))
        units -= found[-1]
    return found[:4] + ([sum(found[4:])] if found[4:] else [])


def _fill(
    one: Instrument,
    product: Product,
    order: int,
    number: int,
    units: int,
    buy: bool,
    at: datetime,
    chance: random.Random,
) -> Fill:
    top = 4_000_000 if one.kind is Kind.FUTURE else 60_000
    return Fill(
        order_id=BrokerOrderId(f"26082100{order:07}"),
        trade_id=TradeId(f"{number:06}"),
        key=one.key,
        side=Side.BUY if buy else Side.SELL,
        product=product,
        quantity=units,
        price=D(chance.randint(1, top)) / 100,
        at=at.astimezone(UTC),
    )


def random_ends(chance: random.Random) -> list[Settled]:
    at = datetime.combine(END, datetime.min.time(), IST) + timedelta(hours=15, minutes=40)
    found = []
    for one in LISTED:
        if one.kind is not Kind.EQUITY and chance.random() < 0.6:
            price = D(chance.choice([0, chance.randint(1, 90_000)])) / 100
            found.append(
                Settled(key=one.key, expiry=END, price=price, at=at.astimezone(UTC), source="test")
            )
    return found


# the other books


Payer = tuple[str, str]
"""A fill by its numbers, or a holding whose contract ended."""


@dataclass
class Unit:
    """One unit that waits: its price, its fill, and its place in that fill."""

    price: Decimal
    fill: tuple[str, str]
    place: int
    buy: bool


@dataclass
class Closed:
    """A pair of units: what they brought, and where their charges come from."""

    profit: Decimal
    opened: tuple[str, str]
    closed: tuple[str, str] | None
    places: tuple[int, int]
    day: date


@dataclass
class OtherBooks:
    pairs: list[Closed] = field(default_factory=list)
    waiting: list[Unit] = field(default_factory=list)
    charges: dict[str, Decimal] = field(default_factory=dict)
    """By head, over all contract notes."""
    shares: dict[Payer, dict[str, Decimal]] = field(default_factory=dict)


def other_books(fills: list[Fill], ends: list[Settled]) -> OtherBooks:
    books = OtherBooks()
    closes = {each.key: each for each in ends}
    exercised: list[tuple[date, str, Payer, Fraction]] = []
    for at in {(f.key, f.product) for f in fills}:
        queue: deque[Unit] = deque()
        for each in [f for f in fills if (f.key, f.product) == at]:
            buy = each.side is Side.BUY
            for place in range(each.quantity):
                if queue and queue[0].buy != buy:
                    first = queue.popleft()
                    way = 1 if first.buy else -1
                    books.pairs.append(
                        Closed(
                            way * (each.price - first.price),
                            first.fill,
                            each.id,
                            (first.place, place),
                            each.at.astimezone(IST).date(),
                        )
                    )
                else:
                    queue.append(Unit(each.price, each.id, place, buy))
        end = closes.get(at[0])
        if end is None:
            books.waiting += queue
            continue
        long = sum(1 if unit.buy else -1 for unit in queue)
        one = BY_KEY[at[0]]
        if long > 0 and one.strike is not None:
            rate = F(15, 10_000)
            exercised.append((END, one.exchange, at, F(end.price) * long * rate))
        for place, unit in enumerate(queue):
            way = 1 if unit.buy else -1
            profit = way * (end.price - unit.price)
            books.pairs.append(Closed(profit, unit.fill, None, (unit.place, place), END))
    _charge(books, fills, exercised)
    return books


def _charge(
    books: OtherBooks,
    fills: list[Fill],
    exercised: list[tuple[date, str, Payer, Fraction]],
) -> None:
    """Note by note: each head rounded as a whole, then dealt out in the order of time."""
    notes: dict[tuple[date, str, bool], list[tuple[Payer, dict[str, Fraction]]]]
    notes = defaultdict(list)
    sizes: dict[str, int] = defaultdict(int)
    values: dict[str, Decimal] = defaultdict(Decimal)
    for each in fills:
        sizes[each.order_id] += each.quantity
        values[each.order_id] += each.quantity * each.price
    for each in fills:
        one, day = BY_KEY[each.key], each.at.astimezone(IST).date()
        owed = _owed(each, one, day, F(sizes[each.order_id]), F(values[each.order_id]))
        notes[day, one.exchange, one.kind is not Kind.EQUITY].append((each.id, owed))
    for day, exchange, at, tax in exercised:
        notes[day, exchange, True].append((at, dict.fromkeys(HEADS, F(0)) | {"stt": tax}))
    books.charges = dict.fromkeys(HEADS, D(0))
    for lines in notes.values():
        for head in HEADS:
            _deal_out(books, head, lines)


def _deal_out(books: OtherBooks, head: str, lines: list[tuple[Payer, dict[str, Fraction]]]) -> None:
    exact = sum((owed[head] for _, owed in lines), F(0))
    step = 100 if head in ("stt", "stamp") else 1  # paise
    amount = int(exact * 100 / step + F(1, 2)) * step
    books.charges[head] += D(amount) / 100
    so_far, given = F(0), 0
    for name, owed in lines:
        so_far += owed[head]
        due = int(amount * so_far / exact + F(1, 2)) if exact else 0
        books.shares.setdefault(name, {})[head] = D(due - given) / 100
        given = due


def _owed(
    fill: Fill, one: Instrument, day: date, size: Fraction, value: Fraction
) -> dict[str, Fraction]:
    turnover = F(fill.price) * fill.quantity
    share = one.kind is Kind.EQUITY
    intraday = share and fill.product is Product.INTRADAY
    option = one.strike is not None
    if option or (share and not intraday):
        fee = F(20)
    else:
        fee = min(F(20), value * (F(1, 1000) if intraday else F(5, 10_000)))
    fee = fee * fill.quantity / size
    transaction, ipft = _exchange_fee(one, option, share, day)
    sebi = turnover * F(10, 10**7)
    owed = {
        "brokerage": fee,
        "stt": turnover * _stt(fill, option, share, intraday, day),
        "transaction": turnover * transaction,
        "ipft": turnover * ipft,
        "sebi": sebi,
        "stamp": turnover * _stamp(fill, option, share, intraday),
    }
    services = fee + owed["transaction"] + owed["ipft"] + sebi
    return owed | {"gst": services * F(18, 100)}


def _stt(fill: Fill, option: bool, share: bool, intraday: bool, day: date) -> Fraction:
    if share and not intraday:
        return F(1, 1000)
    if fill.side is Side.BUY:
        return F(0)
    if share:
        return F(25, 100_000)
    dear = day >= date(2026, 4, 1)
    if option:
        return F(15, 10_000) if dear else F(10, 10_000)
    return F(5, 10_000) if dear else F(2, 10_000)


def _stamp(fill: Fill, option: bool, share: bool, intraday: bool) -> Fraction:
    if fill.side is Side.SELL:
        return F(0)
    if share and not intraday:
        return F(15, 100_000)
    return F(3, 100_000) if option or share else F(2, 100_000)


def _exchange_fee(
    one: Instrument, option: bool, share: bool, day: date
) -> tuple[Fraction, Fraction]:
    """Transaction fee and IPFT, as parts of the turnover."""
    crore = 10**7
    if one.exchange == "BSE":
        if share:
            return F(375, crore), F(0)
        if not option:
            return F(0), F(0)
        return F(3_250 if one.underlying_symbol == "SENSEX" else 500, crore), F(0)
    new = day >= date(2026, 3, 1)
    if option:
        return (F(3_552, crore), F(1, crore)) if new else (F(3_503, crore), F(50, crore))
    if share:
        return (F(30_699, 100 * crore), F(1, 100 * crore)) if new else (F(297, crore), F(10, crore))
    return (F(18_299, 100 * crore), F(1, 100 * crore)) if new else (F(173, crore), F(10, crore))


def piece(amount: Decimal, units: int, first: int, last: int) -> Decimal:
    """What the units [first, last) bear of an amount that is dealt out over `units`."""

    def so_far(count: int) -> int:
        return int(F(amount) * 100 * count / units + F(1, 2))

    return D(so_far(last) - so_far(first)) / 100
