"""A kept run that is being looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.backtest.report import Report
from core.backtest.results import Result, Trade
from core.backtest.run import Run
from core.ids import InstrumentKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`names` are the symbols of contracts that it traded, as far as they are still listed.

    `again` tells of kept runs of the same plan on the same code and data: whether they agree.
    """

    run: Run
    report: Report
    names: Mapping[InstrumentKey, str] = field(default_factory=dict)
    again: tuple[str, ...] = ()

    @property
    def result(self) -> Result:
        return self.report.result

    def contract(self, trade: Trade) -> str:
        own = self.result.symbol if trade.key == self.result.key else ""
        return self.names.get(trade.key) or own or trade.key.rpartition("|")[2]
