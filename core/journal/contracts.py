"""Which contract a fill was of: the exchange uses its numbers again once a contract is over."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument

ContractId = tuple[InstrumentKey, date | None]
"""A key, and the day on which the contract ends; None for shares."""


def id_of(contract: Instrument) -> ContractId:
    return contract.key, contract.expiry


class Contracts:
    """Every contract that was ever traded here."""

    def __init__(self, contracts: Iterable[Instrument] = ()) -> None:
        self._by_key: dict[InstrumentKey, list[Instrument]] = defaultdict(list)
        for each in {id_of(contract): contract for contract in contracts}.values():
            self._by_key[each.key].append(each)
        for lives in self._by_key.values():
            lives.sort(key=lambda each: each.expiry or date.max)

    def of(self, key: InstrumentKey, day: date) -> Instrument | None:
        """The contract that had this key on a day: the first that ended on it or later."""
        lives = self._by_key.get(key, ())
        return next((each for each in lives if each.expiry is None or each.expiry >= day), None)

    def all(self) -> list[Instrument]:
        return [each for lives in self._by_key.values() for each in lives]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A contract's end: its last price in rupees a unit (what an option was worth), and whose word
    that is."""

    key: InstrumentKey
    expiry: date
    price: Decimal
    at: datetime
    source: str
