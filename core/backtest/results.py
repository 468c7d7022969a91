"""What a backtest found: its orders, fills, round trips and the value of the account over time."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from math import nan
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from core.errors import BadData
from core.ids import InstrumentKey

Floats = NDArray[np.float64]
VERSION: Final = 1


class OrderKind(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop-limit"


class OrderEnd(StrEnum):
    """What became of an order."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # its session ended first
    REFUSED = "refused"
    WAITING = "waiting"  # the data ended first


class Order(NamedTuple):
    """An order as asked for; times in epoch seconds UTC, `units` below 0 sell, nan = no price."""

    number: int
    key: InstrumentKey
    units: int
    kind: OrderKind
    limit: float
    stop: float
    asked_at: int
    ended_at: int
    end: OrderEnd
    tag: str = ""
    words: str = ""
    """Why it ended so, where that is not plain."""


class Fill(NamedTuple):
    """A fill: rupees a unit with slippage in it, `slippage` rupees a unit, charges in rupees."""

    order: int
    key: InstrumentKey
    units: int
    price: float
    at: int
    slippage: float
    charges: float
    tag: str = ""
    words: str = ""
    """By which rule it was filled."""


class Trade(NamedTuple):
    """A round trip: units in, and out again, first in first out; `units` below 0 = sold first.

    `profit` in rupees, charges of both ways taken off. What is still held has `open` set, and is
    valued at the last price.
    """

    key: InstrumentKey
    units: int
    entered_at: int
    entry: float
    left_at: int
    exit: float
    profit: float
    charges: float
    tag: str = ""
    open: bool = False


class Note(NamedTuple):
    """A line of the run's log, epoch seconds UTC."""

    at: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A run from end to end. Arrays have one value for each moment of `time` (epoch seconds UTC).

    `equity` in rupees, charges off, held contracts at the last price known then; `units` held of
    the own instrument; `exposure` the rupees of everything held, longs and shorts added up.
    `greeks` and `margin` are of option runs, empty elsewhere.
    """

    strategy: str
    title: str
    parameters: Mapping[str, Any]
    key: InstrumentKey
    symbol: str
    interval: str
    capital: float
    time: NDArray[np.int64]
    equity: Floats
    units: NDArray[np.int64]
    exposure: Floats
    orders: tuple[Order, ...] = ()
    fills: tuple[Fill, ...] = ()
    trades: tuple[Trade, ...] = ()
    notes: tuple[Note, ...] = ()
    assumptions: tuple[str, ...] = ()
    """How orders were filled and what was left out, in words."""
    charges: float = 0.0
    slippage: float = 0.0
    """Rupees that slippage cost over all fills."""
    greeks: Mapping[str, Floats] = field(default_factory=dict)
    margin: Floats = field(default_factory=lambda: np.empty(0))
    benchmark: Floats = field(default_factory=lambda: np.empty(0))
    """The own instrument's close at each moment: what holding it would have made."""
    code_hash: str = ""
    data_hash: str = ""
    bars: int = 0
    seconds: float = 0.0
    """Of the computer's time; the only number that another run does not repeat."""

    @property
    def profit(self) -> float:
        """Rupees over the whole run; nan of a run without a moment."""
        return float(self.equity[-1]) - self.capital if len(self.equity) else nan

    @property
    def closed(self) -> tuple[Trade, ...]:
        """The round trips that came to an end."""
        return tuple(trade for trade in self.trades if not trade.open)

    def same_as(self, other: "Result") -> bool:
        """Whether the other run did the very same: orders, fills, trades and values."""
        return (
            (self.fills, self.notes) == (other.fills, other.notes)
            and repr((self.orders, self.trades))
            == repr((other.orders, other.trades))  # nan in them
            and np.array_equal(self.time, other.time)
            and np.array_equal(self.equity, other.equity, equal_nan=True)
        )

    def to_json(self) -> str:
        """Everything, so that `from_json` gives an equal result; arrays are packed."""
        told: dict[str, Any] = {"version": VERSION}
        for each in fields(self):
            told[each.name] = _told(getattr(self, each.name))
        return json.dumps(told, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Result":
        """Raises BadData for a text that is no result, or of a version that is not known."""
        try:
            told = json.loads(text)
            if told.pop("version", None) != VERSION:
                raise BadData("this run was saved by another version of the desk")
            return cls(**{name: _taken(name, value) for name, value in told.items()})
        except (TypeError, ValueError, KeyError, AttributeError, zlib.error) as problem:
            raise BadData(f"this is no saved run: {problem}") from problem


ROWS: Final = {"orders": Order, "fills": Fill, "trades": Trade, "notes": Note}


def _told(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _packed(value)
    if isinstance(value, Mapping):
        return {name: _told(each) for name, each in value.items()}
    return value


def _taken(name: str, value: Any) -> Any:
    if name in ROWS:
        return tuple(_row(name, each) for each in value)
    if name == "assumptions":
        return tuple(value)
    if name == "greeks":
        return {greek: _unpacked(each) for greek, each in value.items()}
    return _unpacked(value) if isinstance(value, dict) and "packed" in value else value


def _row(name: str, values: list[Any]) -> Any:
    if name == "orders":
        values[3], values[8] = OrderKind(values[3]), OrderEnd(values[8])
    return cast(Any, ROWS[name])(*values)


def _packed(values: NDArray[Any]) -> dict[str, str]:
    data = base64.b64encode(zlib.compress(np.ascontiguousarray(values).tobytes(), 3)).decode()
    return {"dtype": values.dtype.str, "packed": data}


def _unpacked(told: Mapping[str, str]) -> NDArray[Any]:
    kind = np.dtype(told["dtype"])
    if kind.kind not in "fi":
        raise BadData(f"{kind} are no numbers of a run")
    return np.frombuffer(zlib.decompress(base64.b64decode(told["packed"])), dtype=kind).copy()
