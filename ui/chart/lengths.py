"""The lengths of bars that a chart offers."""

from contextlib import suppress
from typing import Final

from core.errors import BadData
from core.instruments.candle import Interval

MONTH: Final = "1mo"
"""As a value and in addresses: test ids and file names do not tell m from M."""
LENGTHS: Final = {
    **{each: each for each in ("1s", "5s", "15s", "30s")},
    **{each: each for each in ("1m", "3m", "5m", "15m", "30m", "1h")},
    "1d": "D",
    "1w": "W",
    MONTH: "M",
}
USUAL: Final = "1m"


def interval_of(text: str) -> Interval:
    return Interval.parse("1M" if text == MONTH else text)


def known(text: str) -> str:
    """The value of LENGTHS that is meant; empty for none."""
    wanted = MONTH if text == "1M" else text
    if wanted in LENGTHS:
        return wanted
    with suppress(BadData):
        return next((each for each in LENGTHS if interval_of(each) == Interval.parse(text)), "")
    return ""
