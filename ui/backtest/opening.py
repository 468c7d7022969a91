"""A kept run, read for looking at: its report, and what its contracts are called."""

import asyncio

from core.backtest.report import Report
from core.backtest.run import Run
from core.services import Services
from ui.backtest.opened import Opened


async def opened_of(services: Services, run: Run) -> Opened | None:
    """None for one without a result; raises BadData for one that cannot be read."""
    text = await services.backtests.result(run.id)
    if text is None:
        return None
    report = await asyncio.to_thread(Report.from_json, text)
    keys = list(dict.fromkeys(trade.key for trade in report.result.trades))
    listed = await services.instruments.get_many(keys)
    return Opened(run=run, report=report, names={key: i.symbol for key, i in listed.items()})
