"""The contracts of one day, by underlying and expiry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.simulator.market import Contract

WEEKS: Final = {"current_week": 0, "next_week": 1, "far_week": 2}
MONTHS: Final = {"current_month": 0, "next_month": 1, "far_month": 2}


@dataclass(frozen=True, slots=True)
class Listing:
    day: date
    contracts: Mapping[str, Contract]
    options: Mapping[str, Mapping[date, Sequence[Contract]]]
    """By underlying key and expiry; by strike, call before put."""

    def chain(self, underlying_key: str, expiry: date) -> Sequence[Contract]:
        return self.options.get(underlying_key, {}).get(expiry, ())

    def expiries(self, underlying_key: str) -> list[date]:
        return sorted(self.options.get(underlying_key, {}))

    def expiry_of(self, underlying_key: str, word: str) -> date | None:
        """The expiry meant by `current_week`, `next_month` and so on; None if there is none."""
        days = self.expiries(underlying_key)
        months = [day for i, day in enumerate(days) if _last_of_month(days, i)]
        among, place = (days, WEEKS[word]) if word in WEEKS else (months, MONTHS.get(word, -1))
        return among[place] if 0 <= place < len(among) else None


def _last_of_month(days: Sequence[date], i: int) -> bool:
    later = days[i + 1] if i + 1 < len(days) else date.max
    return (later.year, later.month) != (days[i].year, days[i].month)


def make_listing(day: date, contracts: Mapping[str, Contract]) -> Listing:
    options: dict[str, dict[date, list[Contract]]] = {}
    for contract in contracts.values():
        if contract.type in ("CE", "PE") and contract.expiry is not None:
            expiries = options.setdefault(contract.underlying_key, {})
            expiries.setdefault(contract.expiry, []).append(contract)
    for expiries in options.values():
        for chain in expiries.values():
            chain.sort(key=lambda contract: (contract.strike, contract.type))
    return Listing(day, contracts, options)
