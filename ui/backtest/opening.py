"""A kept run, read for looking at: its report, and what its contracts are called."""

import asyncio
from collections.abc import Sequence

from core.backtest.report import Report
from core.backtest.run import Run
from core.services import Services
from ui.backtest.opened import Opened
from ui.theme import formats


async def opened_of(services: Services, run: Run) -> Opened | None:
    """None for one without a result; raises BadData for one that cannot be read."""
    text = await services.backtests.result(run.id)
    if text is None:
        return None
    report = await asyncio.to_thread(Report.from_json, text)
    keys = list(dict.fromkeys(trade.key for trade in report.result.trades))
    listed = await services.instruments.get_many(keys)
    return Opened(
        run=run,
        report=report,
        names={key: each.symbol for key, each in listed.items()},
        again=again(run, services.backtests.state.newest_first()),
    )


def again(run: Run, kept: Sequence[Run]) -> tuple[str, ...]:
    """A line for each other run of the same plan on the same code and data."""
    return tuple(
        f"{'the same as' if _figures(each) == _figures(run) else 'DIFFERS from'} {each.name},"
        f" {formats.ist(each.created_at)}"
        for each in kept
        if each.id != run.id
        and run.code_hash
        and (each.plan, each.code_hash, each.data_hash) == (run.plan, run.code_hash, run.data_hash)
    )


def _figures(run: Run) -> str:
    """As text: an unknown one does not equal itself."""
    return repr(sorted(run.metrics.items()))
