"""The way in by terminal: the command line, and progress on it."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

from ui.terminal_backtest import add_backtests
from ui.terminal_download import add_downloads

Act = Callable[[argparse.Namespace], int]
Progress = Callable[[str, float], None]
"""Told what is being done, and the share of it that is done."""

ON_DATABASE: Final = {
    "upgrade": "bring the schema to the newest version",
    "backup": "write a consistent copy, while the desk runs or not",
    "restore": "put a backup in the place of the database",
    "copy": "copy everything to another database",
}


def command_line(version: str, acts: Mapping[str, Act]) -> argparse.ArgumentParser:
    """`acts` by command: run, simulator, doctor, and one for each action on the database."""
    parser = argparse.ArgumentParser(prog="main.py", description="Strikedesk, an options desk")
    parser.add_argument("--version", action="version", version=f"Strikedesk {version}")
    _desk_options(parser)
    parser.set_defaults(act=acts["run"])
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    desk = commands.add_parser("run", help="start the desk (as no command at all does)")
    _desk_options(desk, again=True)

    replay = commands.add_parser("replay", help="start the desk on a recorded day")
    _desk_options(replay, again=True, mode=False)
    words = "a day that was recorded; leave it out to choose"
    replay.add_argument("day", type=_day, nargs="?", default=None, metavar="YYYY-MM-DD", help=words)
    replay.set_defaults(mode="replay")

    exchange = commands.add_parser("simulator", help="start the simulated exchange alone")
    _simulator_options(exchange)
    exchange.set_defaults(act=acts["simulator"])

    database = commands.add_parser("db", help="upgrade, back up, restore or copy the database")
    _database_actions(database, acts)

    doctor = commands.add_parser("doctor", help="check this machine and say what to do")
    _home_option(doctor)
    doctor.set_defaults(act=acts["doctor"])

    download = commands.add_parser("download", help="fetch candles, chains, expiries, instruments")
    add_downloads(download, acts["download"])

    backtest = commands.add_parser("backtest", help="run or sweep a strategy, and write a report")
    add_backtests(backtest, acts["backtest"])
    return parser


def _desk_options(
    parser: argparse.ArgumentParser, *, again: bool = False, mode: bool = True
) -> None:
    """`again`: of the sub-command, whose silence must not undo what stood before it."""
    silent = argparse.SUPPRESS if again else None
    off = argparse.SUPPRESS if again else False
    if mode:
        modes = "simulated, paper, live, replay, readonly"
        parser.add_argument("--mode", default=silent, help=modes)
    parser.add_argument("--host", default=silent, help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", default=silent, help="port to listen on (8080)")
    parser.add_argument("--home", type=Path, default=silent, help="folder for data and logs")
    parser.add_argument("--native", action="store_true", default=off, help="in its own window")
    parser.add_argument("--no-show", action="store_true", default=off, help="open no browser")


def _home_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home", type=Path, default=argparse.SUPPRESS, help="folder for data and logs"
    )


def _simulator_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=9010, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=7, help="the same seed, the same market")
    parser.add_argument("--speed", type=_positive, default=1.0, help="market seconds a second")
    parser.add_argument("--clock", choices=("open", "wall"), default="open")
    parser.add_argument("--underlyings", type=_words, help="for example NIFTY,BANKNIFTY (all)")
    parser.add_argument("--ticks-per-second", type=_count, default=None, help="for load")
    parser.add_argument("--faults", action="store_true", help="let tests break things")
    parser.add_argument("--parent-pid", type=int, default=None, help=argparse.SUPPRESS)


def _database_actions(parser: argparse.ArgumentParser, acts: Mapping[str, Act]) -> None:
    _home_option(parser)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, words in ON_DATABASE.items():
        action = actions.add_parser(name, help=words)
        _home_option(action)
        if name in ("backup", "restore"):
            action.add_argument("file", type=Path)
        if name == "copy":
            action.add_argument("--to", required=True, metavar="URL")
        action.set_defaults(act=acts[name])


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to 65535")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as 2026-11-20") from problem


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed: above 0, at most 10000")
    return number


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate: 1 to 1000000")
    return int(text)


def _words(text: str) -> list[str]:
    return [word.strip().upper() for word in text.split(",") if word.strip()]


@contextmanager
def progress() -> Iterator[Progress]:
    """A bar on a terminal, a line for each new step elsewhere."""
    if not sys.stderr.isatty():
        said: set[str] = set()

        def line(step: str, _: float) -> None:
            if step not in said:
                said.add(step)
                print(step, file=sys.stderr)

        yield line
        return

    from tqdm import tqdm

    with tqdm(total=1.0, leave=False, bar_format="{desc} {bar} {percentage:3.0f} %") as bar:

        def draw(step: str, share: float) -> None:
            bar.set_description_str(step, refresh=False)
            bar.update(share - bar.n)

        yield draw
