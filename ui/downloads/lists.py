"""The tables of downloads: those that run, those that ended, and what could not be had."""

import time
from typing import Final

from core.clock import IST
from core.downloads.plan import Download, Status, What
from core.state.downloads import DownloadProgress, Failure
from ui.components.data_table import Cell, Column, Row
from ui.theme import formats

RUNNING: Final = (
    Column(name="what", title="Download", classes="strong"),
    Column(name="done", title="Done", classes="num", width="58px"),
    Column(name="pieces", title="Pieces", classes="num wide-only", width="92px"),
    Column(name="bars", title="Got", classes="num", width="84px"),
    Column(
        name="rate", title="Per s", classes="num wide-only", width="64px", tip="Of the last 30 s"
    ),
    Column(name="eta", title="To go", classes="num", width="66px", tip="At the pace of now"),
    Column(name="detail", title="Now", classes="dim wide-only"),
    Column(name="cancel", title="", width="64px"),
)
ENDED: Final = (
    Column(name="when", title="Started", classes="num left wide-only", width="98px"),
    Column(name="what", title="Download", classes="strong"),
    Column(name="by", title="By", classes="dim wide-only", width="92px"),
    Column(name="result", title="Result", width="72px"),
    Column(name="bars", title="Got", classes="num", width="84px"),
    Column(name="took", title="Took", classes="num wide-only", width="62px"),
    Column(name="message", title="", classes="dim wide-only"),
    Column(name="again", title="", width="64px"),
)
FAILURES: Final = (
    Column(name="what", title="What", classes="strong", width="38%"),
    Column(name="reason", title="Why"),
)
TONES: Final = {Status.DONE: "up", Status.FAILED: "down", Status.CANCELLED: "warn"}
UNITS: Final = {What.CHAIN: "strikes", What.INSTRUMENTS: "listed", What.ACTIONS: "actions"}


def running_row(progress: DownloadProgress) -> Row:
    now = time.monotonic()
    rate, left = progress.rate(now), progress.eta(now)
    plan = progress.download.plan
    return Row(
        progress.download.id,
        (
            Cell(plan.title, tip=f"{plan.title}, {progress.download.source}"),
            f"{100 * progress.fraction:.0f} %" if progress.total else formats.DASH,
            f"{progress.done + progress.failed} of {progress.total}"
            if progress.total
            else formats.DASH,
            _got(progress.bars, plan.what),
            formats.quantity(round(rate)) if rate is not None else formats.DASH,
            formats.duration(left) if left is not None else formats.DASH,
            Cell(progress.detail, "warn" if progress.detail.startswith("Waiting") else ""),
            Cell("Cancel", tip="Stop it; what is here stays", action="cancel"),
        ),
    )


def ended_row(download: Download) -> Row:
    ended, again = download.finished_at, download.status in (Status.FAILED, Status.CANCELLED)
    took = (ended - download.created_at).total_seconds() if ended else None
    return Row(
        download.id,
        (
            f"{download.created_at.astimezone(IST):%d %b %H:%M}",
            Cell(download.plan.title, tip=download.plan.title),
            download.source,
            Cell(download.status, TONES.get(download.status, "accent")),
            _got(download.bars, download.plan.what),
            formats.duration(took) if took is not None else formats.DASH,
            Cell(download.message, tip=download.message),
            Cell("Again", tip="Go on with what is missing of it", action="again") if again else "",
        ),
    )


def failure_rows(failures: list[Failure]) -> list[Row]:
    return [
        Row(str(at), (Cell(each.what, tip=each.what), Cell(each.reason, "down", each.reason)))
        for at, each in enumerate(failures)
    ]


def _got(count: int, what: What) -> Cell:
    return Cell(formats.quantity(count), tip=UNITS.get(what, "candles"))
