"""Rows of tables, one file per aggregate; they never leave `data/`."""

from data.models.backtest import BacktestResultRow, BacktestRow
from data.models.base import Row
from data.models.candle import (
    CandleKeyRow,
    CandleSeriesRow,
    DayCandleRow,
    MinuteCandleRow,
    OtherCandleRow,
)
from data.models.corporate_action import CorporateActionRow
from data.models.download import DownloadPieceRow, DownloadRow
from data.models.draft import DraftMinuteRow, DraftRow
from data.models.drawing import DrawingRow
from data.models.execution import ExecutionRow
from data.models.gtt import GttRow
from data.models.instrument import InstrumentFileRow, InstrumentRow
from data.models.job_run import JobRunRow
from data.models.order import FillRow, JournalRow, OrderRow, PaperAccountRow
from data.models.preference import PreferenceRow
from data.models.snapshot import ChainSnapshotRow
from data.models.strategy import StrategyMinuteRow, StrategyRow
from data.models.trade_journal import (
    SettlementRow,
    TradedContractRow,
    TradeNoteRow,
    TradeSnapRow,
)
from data.models.volatility_day import VolatilityDayRow
from data.models.watchlist import WatchlistItemRow, WatchlistRow

METADATA = Row.metadata

__all__ = [
    "METADATA",
    "BacktestResultRow",
    "BacktestRow",
    "CandleKeyRow",
    "CandleSeriesRow",
    "ChainSnapshotRow",
    "CorporateActionRow",
    "DayCandleRow",
    "DownloadPieceRow",
    "DownloadRow",
    "DraftMinuteRow",
    "DraftRow",
    "DrawingRow",
    "ExecutionRow",
    "FillRow",
    "GttRow",
    "InstrumentFileRow",
    "InstrumentRow",
    "JobRunRow",
    "JournalRow",
    "MinuteCandleRow",
    "OrderRow",
    "OtherCandleRow",
    "PaperAccountRow",
    "PreferenceRow",
    "SettlementRow",
    "StrategyMinuteRow",
    "StrategyRow",
    "TradeNoteRow",
    "TradeSnapRow",
    "TradedContractRow",
    "VolatilityDayRow",
    "WatchlistItemRow",
    "WatchlistRow",
]
