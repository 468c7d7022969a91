"""Downloads on the command line: what can be asked for, and how far it is."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.errors import BadData
from ui.theme import formats

if TYPE_CHECKING:  # every start of the program reads this file: nothing that loads NumPy
    from core.downloads.plan import Download, Plan
    from core.instruments.candle import Interval
    from core.state.downloads import DownloadProgress, Failure

SPEAK_EVERY: Final = 5.0
"""Seconds between two lines where the output is piped."""
SHOWN: Final = 10
"""Failures that are listed; all are on the page /downloads."""
MODES: Final = ("simulated", "paper", "live", "readonly")
CANDLES, EXPIRED, CHAIN, INSTRUMENTS = "candles", "expired", "chain", "instruments"
WORDS: Final = {
    CANDLES: "bars of instruments: NIFTY, RELIANCE, an instrument key …",
    EXPIRED: "all contracts of an expiry, over or still listed, and the days of its chain",
    CHAIN: "the option chains of underlyings as they stand now",
    INSTRUMENTS: "the broker's list of instruments",
    "actions": "dividends, bonuses, splits and rights of shares",
}

Tell = Callable[["DownloadProgress"], None]
Act = Callable[[argparse.Namespace], int]


def add_downloads(parser: argparse.ArgumentParser, act: Act) -> None:
    kinds = parser.add_subparsers(title="what", metavar="WHAT", required=True)
    for what, words in WORDS.items():
        kind = kinds.add_parser(what, help=words, description=words)
        kind.add_argument("--home", type=Path, default=argparse.SUPPRESS)
        kind.add_argument("--mode", choices=MODES, default=argparse.SUPPRESS)
        kind.set_defaults(act=act, what=what)
        if what != INSTRUMENTS:
            kind.add_argument("names", metavar="NAME", nargs=1 if what == EXPIRED else "+")
        if what in (CANDLES, EXPIRED):
            kind.add_argument("--interval", type=_interval, default="1m", help="1m, 15m, 1h, 1d …")
            kind.add_argument("--from", dest="first", type=day_of, help="2026-11-01")
            kind.add_argument("--to", dest="last", type=day_of, help="the newest day by default")
            kind.add_argument("--again", action="store_true", help="also what is there already")
        if what in (CHAIN, EXPIRED):
            kind.add_argument("--expiry", type=day_of, help="the newest one over by default")


def plan_of(given: argparse.Namespace, last_whole_day: date) -> "tuple[Plan, Sequence[str]]":
    """The plan without its instruments, and their names; a month unless told from when."""
    from core.downloads.plan import Plan, What
    from core.instruments.candle import Interval

    asked = {"first": None, "last": None, "expiry": None, "again": False, "names": ()} | vars(given)
    first, last = asked["first"], asked["last"]
    if given.what == CANDLES:
        last = last or last_whole_day
        first = first or last - timedelta(days=30)
    plan = Plan(
        what=What(given.what),
        interval=asked.get("interval", Interval.MINUTE),
        first=first,
        last=last,
        expiry=asked["expiry"],
        again=asked["again"],
    )
    return plan, asked["names"]


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as 2026-11-20") from problem


def _interval(text: str) -> "Interval":
    from core.instruments.candle import Interval

    try:
        return Interval.parse(text)
    except BadData as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


def tell_end(download: "Download", failures: "Sequence[Failure]") -> bool:
    """Print what became of it; returns whether all could be had."""
    bars = f"{formats.quantity(download.bars)} {_units(download.plan.what)}"
    lines = [f"{download.plan.title}: {bars}"]
    if download.message:
        lines[0] += f"; {download.message}"
    lines += [f"  {each.what}: {each.reason}" for each in failures[:SHOWN]]
    if len(failures) > SHOWN:
        lines.append(f"  … and {len(failures) - SHOWN} more")
    sys.stdout.write("\n".join(lines) + "\n")
    return download.status == "done"


def _units(what: str) -> str:
    words = {CHAIN: "strikes", INSTRUMENTS: "instruments", "actions": "actions"}
    return words.get(what, "candles")


@contextmanager
def shown() -> Iterator[Tell]:
    """A bar on a terminal; a line now and then elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines()
        return

    from tqdm import tqdm

    bar_format = "{desc} {bar} {percentage:3.0f} % {postfix}"
    with tqdm(total=1.0, leave=False, bar_format=bar_format) as bar:

        def draw(progress: "DownloadProgress") -> None:
            bar.set_description_str(progress.detail[:48], refresh=False)
            bar.set_postfix_str(_pace(progress), refresh=False)
            bar.update(progress.fraction - bar.n)
            bar.refresh()

        yield draw


class _Lines:
    def __init__(self, now: Callable[[], float] = time.monotonic, out: Any = None) -> None:
        self._now, self._out = now, out
        self._said = ("", -SPEAK_EVERY)

    def __call__(self, progress: "DownloadProgress") -> None:
        if not progress.total:
            return
        done = progress.done + progress.failed
        text = f"{progress.download.plan.title}: {done} of {progress.total} pieces"
        text += f", {formats.quantity(progress.bars)} {_units(progress.download.plan.what)}"
        now, ended = self._now(), done == progress.total
        if text != self._said[0] and (ended or now - self._said[1] >= SPEAK_EVERY):
            self._said = (text, now)
            print(text, file=self._out or sys.stderr, flush=True)


def _pace(progress: "DownloadProgress") -> str:
    now = time.monotonic()
    rate, left = progress.rate(now), progress.eta(now)
    parts = [] if rate is None else [f"{formats.quantity(round(rate))}/s"]
    parts += [] if left is None else [f"{round(left)} s to go"]
    return " · ".join(parts)
