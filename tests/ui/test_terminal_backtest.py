"""What the command line asks of a backtest."""

import argparse
from datetime import date
from pathlib import Path

import pytest

from core.errors import BadData
from ui.terminal_backtest import add_backtests, wish_of


def asked(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_backtests(parser, lambda _: 0)
    return parser.parse_args(words)


def test_a_run_is_told_what_stands_over_its_file() -> None:
    wish = wish_of(
        asked("run", "job.toml", "--symbol", "NIFTY", "--from", "2026-01-05", "--set", "fast=5",
              "--set", "leave=15:10", "--interval", "5m", "--capital", "2e5")
    )  # fmt: skip
    assert wish.file == Path("job.toml")
    assert not wish.sweeps
    assert wish.told["parameters"] == {"fast": 5, "leave": "15:10"}
    assert (wish.told["symbol"], wish.told["first"]) == ("NIFTY", date(2026, 1, 5))
    assert "last" not in wish.told


def test_a_sweep_is_told_what_to_try_and_where() -> None:
    wish = wish_of(
        asked("sweep", "mine.py", "--vary", "fast=5:15:5", "--vary", "below=flat,short",
              "--cluster", "tcp://10.0.0.5:8786", "--folds", "3")
    )  # fmt: skip
    assert wish.sweeps
    assert wish.told["sweep"] == {"fast": (5, 10, 15), "below": ("flat", "short")}
    assert (wish.cluster, wish.told["folds"]) == ("tcp://10.0.0.5:8786", 3)


def test_nonsense_is_refused() -> None:
    with pytest.raises(BadData, match="says no value"):
        wish_of(asked("run", "mine.py", "--set", "fast"))
    for words in (["run"], ["run", "x", "--from", "soon"], ["fly", "x"], ["run", "x", "--folds"]):
        with pytest.raises(SystemExit):
            asked(*words)
