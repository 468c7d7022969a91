"""Downloads on the command line: what is understood, and what is said."""

import argparse
import io
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from core.downloads.plan import Download, Plan, Status, What
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.state.downloads import DownloadProgress, Failure
from ui import terminal_download

LAST = date(2026, 11, 20)
NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")


def parsed(*words: str) -> argparse.Namespace:
    def act(_: argparse.Namespace) -> int:
        return 0

    parser = argparse.ArgumentParser(prog="download")
    terminal_download.add_downloads(parser, act)
    return parser.parse_args(words)


def asked(*words: str) -> tuple[Plan, list[str]]:
    plan, names = terminal_download.plan_of(parsed(*words), LAST)
    return plan, list(names)


def test_candles_are_of_a_month_by_the_minute_unless_told_otherwise() -> None:
    plan, names = asked("candles", "NIFTY", "RELIANCE")
    assert names == ["NIFTY", "RELIANCE"]
    assert (plan.what, plan.interval) == (What.CANDLES, Interval.MINUTE)
    assert (plan.first, plan.last, plan.again) == (date(2026, 10, 21), LAST, False)
    plan, _ = asked("candles", "NIFTY", "--interval", "15m", "--from", "2026-01-01", "--again")
    assert (plan.interval, plan.first, plan.again) == (
        Interval.parse("15m"),
        date(2026, 1, 1),
        True,
    )


def test_everything_else_that_can_be_downloaded_is_understood() -> None:
    assert asked("instruments") == (Plan(what=What.INSTRUMENTS), [])
    assert asked("chain", "NIFTY", "--expiry", "2026-11-23") == (
        Plan(what=What.CHAIN, expiry=date(2026, 11, 23)),
        ["NIFTY"],
    )
    assert asked("expired", "NIFTY") == (Plan(what=What.EXPIRED), ["NIFTY"])
    assert asked("actions", "TCS") == (Plan(what=What.ACTIONS), ["TCS"])


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("candles",),
        ("expired", "NIFTY", "BANKNIFTY"),
        ("candles", "NIFTY", "--interval", "1y"),
        ("candles", "NIFTY", "--from", "yesterday"),
        ("candles", "NIFTY", "--mode", "replay"),
        ("everything",),
    ],
)
def test_wrong_usage_ends_with_two(words: tuple[str, ...], capsys: pytest.CaptureFixture) -> None:  # type: ignore[type-arg]
    with pytest.raises(SystemExit) as ended:
        parsed(*words)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def download(status: Status = Status.DONE, **more: object) -> Download:
    plan = Plan(what=What.CANDLES, keys=(NIFTY,), names=("NIFTY",), first=LAST, last=LAST)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return Download(
        id="d",
        plan=plan,
        source="command line",
        created_at=at,
        status=status,
        **more,  # type: ignore[arg-type]
    )


def test_what_was_had_and_what_was_not_is_said_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert terminal_download.tell_end(download(bars=112_345), [])
    assert capsys.readouterr().out == "NIFTY · 1m · 20 Nov 2026: 1,12,345 candles\n"
    failures = [Failure(f"piece {n}", "the broker says no") for n in range(12)]
    failed = download(Status.FAILED, message="12 of 12 pieces could not be had")
    assert not terminal_download.tell_end(failed, failures)
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("0 candles; 12 of 12 pieces could not be had")
    assert said[1] == "  piece 0: the broker says no"
    assert said[-1] == "  … and 2 more"
    assert len(said) == 12


def test_piped_it_says_a_plain_line_now_and_then_and_at_the_end() -> None:
    now, out = SimpleNamespace(at=0.0), io.StringIO()
    lines = terminal_download._Lines(lambda: now.at, out)
    progress = DownloadProgress(download=download(Status.RUNNING), total=100)
    for second in range(13):
        now.at, progress.done, progress.bars = float(second), 8 * second, 1_000 * second
        lines(progress)
    progress.done = 100
    lines(progress)
    lines(progress)
    said = [line.split(": ")[1] for line in out.getvalue().splitlines()]
    assert said == [
        "0 of 100 pieces, 0 candles",
        "40 of 100 pieces, 5,000 candles",
        "80 of 100 pieces, 10,000 candles",
        "100 of 100 pieces, 12,000 candles",
    ]
