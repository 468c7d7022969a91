"""What is open, counted with care: orders to sell count as sold, orders to buy do not help."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """One contract: units held (below 0 sold), and units that orders may yet buy and sell."""

    instrument: Instrument
    held: int
    buying: int = 0
    selling: int = 0

    @property
    def lots(self) -> int:
        """The most lots, long or short, that this can become."""
        most = max(abs(self.held + self.buying), abs(self.held - self.selling))
        return -(-most // max(self.instrument.lot_size, 1))


def open_lots(stakes: Iterable[Stake]) -> int:
    return sum(stake.lots for stake in stakes if stake.instrument.kind is not Kind.EQUITY)


def naked_lots(stakes: Iterable[Stake]) -> Mapping[tuple[str, date | None, Kind], int]:
    """Short options beyond the long ones of the same underlying, expiry and kind, in lots."""
    short: dict[tuple[str, date | None, Kind], int] = defaultdict(int)
    size: dict[tuple[str, date | None, Kind], int] = {}
    for stake in stakes:
        option = stake.instrument
        if not option.is_option:
            continue
        group = (option.underlying_symbol, option.expiry, option.kind)
        short[group] -= stake.held - stake.selling
        size[group] = max(option.lot_size, 1)
    return {group: -(-units // size[group]) for group, units in short.items() if units > 0}


def stakes(
    held: Mapping[InstrumentKey, int],
    working: Iterable[tuple[InstrumentKey, int]],
    instruments: Mapping[InstrumentKey, Instrument],
) -> list[Stake]:
    """One for every contract that is held or ordered; `working` is in signed units.

    Contracts missing in `instruments` are left out: whoever asks makes sure that there are none.
    """
    buying: dict[InstrumentKey, int] = defaultdict(int)
    selling: dict[InstrumentKey, int] = defaultdict(int)
    for key, units in working:
        side = buying if units > 0 else selling
        side[key] += abs(units)
    return [
        Stake(
            instrument=instruments[key],
            held=held.get(key, 0),
            buying=buying[key],
            selling=selling[key],
        )
        for key in dict.fromkeys([*held, *buying, *selling])
        if key in instruments
    ]
