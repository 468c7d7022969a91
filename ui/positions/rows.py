"""Rows of the positions table: every number with its arithmetic, an unknown one with its reason."""

from collections.abc import Callable, Sequence
from math import inf, nan
from typing import Final

from core.services import Services
from core.services.portfolio_picture import Group, Line
from core.strategies.held import Sensitivity
from core.trading import arithmetic
from core.trading.orders import Order
from core.trading.requests import Product
from core.trading.results import Exact, Result, to_paisa
from ui.components.fresh import fresh
from ui.components.positions_grid import Act, GridCell, GridColumn, GridRow, Mark
from ui.theme import formats
from ui.theme.colors import tone

NUM: Final = "num"
ROOMY: Final = "num roomy"
COLUMNS: Final = (
    GridColumn(name="units", title="Net", classes="num c-units", tip="Units, below 0 sold; lots"),
    GridColumn(name="average", title="Average", classes="num c-average", tip="Of the open units"),
    GridColumn(name="ltp", title="LTP", classes="num c-ltp", tip="Last price"),
    GridColumn(name="realised", title="Realised", classes=ROOMY, tip="Today, before charges, in ₹"),
    GridColumn(
        name="unrealised",
        title="Unrealised",
        classes=ROOMY,
        tip="Today, before charges, in ₹: overnight units count from yesterday's close",
    ),
    GridColumn(name="charges", title="Charges", classes=ROOMY, tip="Of today's trades, in ₹"),
    GridColumn(name="day", title="Day P&L", classes="num c-day", tip="Realised and unrealised, ₹"),
    GridColumn(
        name="net", title="Net P&L", classes="num c-net", tip="The day's, after charges, in ₹"
    ),
    GridColumn(
        name="open", title="Open P&L", classes=ROOMY, tip="Of the open units since entry, in ₹"
    ),
    GridColumn(name="iv", title="IV", classes=ROOMY, tip="Implied volatility"),
    GridColumn(
        name="delta", title="Delta", classes=ROOMY, tip="Units of the underlying: ₹ per point"
    ),
    GridColumn(
        name="delta-rupees", title="Δ ₹", classes=ROOMY, tip="Worth as so much of the underlying"
    ),
    GridColumn(
        name="delta-percent", title="₹/1 %", classes=ROOMY, tip="For the first 1 % the spot rises"
    ),
    GridColumn(
        name="gamma-percent", title="Γ ₹/1 %", classes=ROOMY, tip="What the next 1 % adds to that"
    ),
    GridColumn(name="vega", title="₹/pt", classes=ROOMY, tip="Vega: for one vol point"),
    GridColumn(name="theta", title="₹/day", classes=ROOMY, tip="Theta: for one calendar day"),
)
MODEL: Final = (
    "Black-76 on its expiry's forward, with its own implied volatility, else that of the smile"
)
PRODUCTS: Final = {
    Product.INTRADAY: "MIS",
    Product.CARRY: "NRML",
    Product.DELIVERY: "CNC",
    Product.MTF: "MTF",
}
"""As traders write them."""
GREEKS: Final = {
    "delta": ("delta", 1),
    "delta-rupees": ("delta_rupees", 0),
    "delta-percent": ("delta_percent", 0),
    "gamma-percent": ("gamma_percent", 0),
    "vega": ("vega", 0),
    "theta": ("theta", 0),
}
Key = Callable[[Line], object]


def line_row(services: Services, line: Line, acts: Sequence[Act]) -> GridRow:
    return GridRow(
        id=line.id,
        title=line.title,
        marks=tuple(_marks(line)),
        acts=tuple(acts),
        cells=(
            _units(line),
            _average(line),
            _last(services, line),
            *_money(line.result),
            _iv(line),
            *_greeks(line.sensitivity, line.no_greeks, line.is_open, True),
        ),
        classes="" if line.is_open else "closed",
    )


def group_row(group: Group, *, folded: bool) -> GridRow:
    many = sum(line.is_open for line in group.lines)
    return GridRow(
        id=f"group {group.name}",
        kind="group",
        title=group.name,
        marks=(Mark(f"{many} open" if many else "closed", "count"),),
        cells=_sums(group),
        classes="folded" if folded else "",
    )


def total_row(group: Group) -> GridRow:
    return GridRow(id="total", kind="total", title="Total", cells=_sums(group))


def _sums(group: Group) -> tuple[GridCell, ...]:
    money, nothing = group.money, GridCell("")
    parts = (money.realised, money.unrealised, money.paid, money.day, money.net, money.since_entry)
    unknown = _unknown(group)
    tips = (
        "Realised today, of all these",
        "Unrealised today, of all these",
        "Charges of today's trades, of all these",
        arithmetic.day(money),
        arithmetic.net(money),
        "Of the open units since entry",
    )
    cells = [
        rupee_cell(part, tip if part is not None else unknown, plain=at == 2)
        for at, (part, tip) in enumerate(zip(parts, tips, strict=True))
    ]
    some = any(line.is_open for line in group.lines)
    greeks = _greeks(group.sensitivity, group.no_greeks, some, bool(group.symbol))
    return (nothing, nothing, nothing, *cells, nothing, *greeks)


def _unknown(group: Group) -> str:
    names = [line.title for line in group.lines if line.result.why]
    return f"Not known, because of {', '.join(names[:4])}" + (" …" if len(names) > 4 else "")


def rupee_cell(exact: Exact, tip: str, *, plain: bool = False) -> GridCell:
    """To the paisa; an unknown one is a dash, and `tip` says why."""
    shown = to_paisa(exact)
    if shown is None:
        return GridCell(formats.DASH, tip=tip)
    amount = float(shown)
    text = formats.price(amount) if plain else formats.signed(amount)
    return GridCell(text, "" if plain else tone(amount), tip)


def _units(line: Line) -> GridCell:
    if not line.is_open:
        return GridCell("0", tip="Closed today")
    lots = line.lots
    told = f"{formats.signed(lots, 0 if lots == int(lots) else 2)} lots" if lots == lots else ""
    text = formats.signed(line.units, 0)
    tip = f"{text} units" + (f", {told} of {abs(line.units / lots):.0f}" if told else "")
    if line.result.opening:
        tip += f"; {line.result.opening} from before today"
    return GridCell(f"{text} · {lots:+g}L" if told else text, tone(line.units), tip)


def _average(line: Line) -> GridCell:
    known = line.result.average
    text = formats.DASH if known is None else arithmetic.price(known)
    return GridCell(text, tip=arithmetic.average(line.result))


def _last(services: Services, line: Line) -> GridCell:
    old, why = fresh(services, services.market.row(line.key))
    heard = f"Heard at {formats.clock_time(line.heard_at)}" if line.heard_at else "Never heard of"
    sides = f"bid {formats.price(line.bid)}, ask {formats.price(line.ask)}"
    return GridCell(formats.price(line.last), old, f"{heard}; {sides}{f'. {why}' if why else ''}")


def _iv(line: Line) -> GridCell:
    if not line.is_open or (line.leg is not None and not line.leg.is_option):
        return GridCell("")
    return GridCell(formats.percent(line.iv, 1), tip=line.no_greeks or MODEL)


def _money(found: Result) -> tuple[GridCell, ...]:
    return (
        rupee_cell(found.realised, arithmetic.realised(found)),
        rupee_cell(found.unrealised, arithmetic.unrealised(found)),
        rupee_cell(found.paid, arithmetic.charges(found.charges), plain=True),
        rupee_cell(found.day, arithmetic.day(found)),
        rupee_cell(found.net, arithmetic.net(found)),
        rupee_cell(found.since_entry, arithmetic.since_entry(found)),
    )


def _greeks(
    found: Sensitivity, why: str, is_open: bool, one_underlying: bool
) -> tuple[GridCell, ...]:
    cells = []
    for name, (field, digits) in GREEKS.items():
        value = getattr(found, field)
        if not is_open:
            cells.append(GridCell(""))
        elif name == "delta" and not one_underlying:
            cells.append(GridCell("", tip="Units of different underlyings do not add up"))
        else:
            cells.append(_greek(name, value, digits, why))
    return tuple(cells)


def _greek(name: str, value: float, digits: int, why: str) -> GridCell:
    """Values of so much of the underlying are large: in lakh, with the whole in the hover."""
    if value != value:
        return GridCell(formats.DASH, "dim", why or MODEL)
    if name != "delta-rupees":
        return GridCell(formats.signed(value, digits), "dim", why or MODEL)
    short = formats.lakh(value)
    return GridCell(f"+{short}" if value > 0 else short, "dim", f"{formats.rupees(value)}. {MODEL}")


def _marks(line: Line) -> list[Mark]:
    found = [Mark(PRODUCTS[line.product], "product", f"Held as {line.product}")]
    if line.result.opening:
        found.append(Mark("overnight", "overnight", f"{line.result.opening} units from before"))
    if line.external:
        found.append(Mark("external", "external", "Placed elsewhere, or accepted from the broker"))
    if line.strategies:
        found.append(Mark(" + ".join(line.strategies), "strategy", "Its strategy"))
    if line.working:
        words = "; ".join(map(_order_words, line.working))
        count = len(line.working)
        text = f"{count} order{'s' if count > 1 else ''}"
        found.append(Mark(text, "working", f"Still working: {words}"))
    if line.difference:
        found.append(Mark("!", "differs", f"Differs from the broker: {line.difference}"))
    return found


def _order_words(order: Order) -> str:
    terms = order.terms
    at = f" at {terms.price}" if terms.price else ""
    return f"{terms.side} {order.left} {terms.type}{at}"


SORTS: Final[dict[str, Key]] = {
    "title": lambda line: line.title,
    "units": lambda line: line.units,
    "average": lambda line: _size(line.result.average),
    "ltp": lambda line: _size(line.last),
    "realised": lambda line: _size(line.result.realised),
    "unrealised": lambda line: _size(line.result.unrealised),
    "charges": lambda line: _size(line.result.paid),
    "day": lambda line: _size(line.result.day),
    "net": lambda line: _size(line.result.net),
    "open": lambda line: _size(line.result.since_entry),
    "iv": lambda line: _size(line.iv),
    **{
        name: lambda line, field=field: _size(getattr(line.sensitivity, field))  # type: ignore[misc]
        for name, (field, _) in GREEKS.items()
    },
}
"""By what a column sorts."""


def _size(value: object) -> float:
    """What is not known comes last, rising or falling: see `ordered`."""
    found = nan if value is None else float(value)  # type: ignore[arg-type]
    return found if found == found else -inf


def ordered(lines: Sequence[Line], column: str, *, falling: bool) -> list[Line]:
    """As given where there is no such column; closed ones stay below, unknown ones last."""
    key = SORTS.get(column)
    if key is None:
        return list(lines)
    known = [line for line in lines if key(line) != -inf]
    rest = [line for line in lines if key(line) == -inf]
    found = sorted(known, key=key, reverse=falling) + rest  # type: ignore[arg-type]
    return sorted(found, key=lambda line: not line.is_open)


def found_by(line: Line, words: str) -> bool:
    """Every word is somewhere in its name, product, strategies or underlying."""
    said = [line.title, line.symbol, PRODUCTS[line.product], line.product, *line.strategies]
    where = " ".join(said).lower()
    return all(word in where for word in words.lower().split())
