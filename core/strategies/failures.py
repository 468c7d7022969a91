"""What went wrong in a strategy's code, told with its line and the market's moment."""

import linecache
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Final

from core.clock import IST
from core.errors import RuleBroken

DEPTH: Final = 3
"""Innermost lines of the strategy's own that are told."""


def failure(problem: BaseException, strategy: type, at: int = 0) -> RuleBroken:
    """`at` in epoch seconds, 0 = before the first bar."""
    file = file_of(strategy)
    when = f" At {datetime.fromtimestamp(at, UTC).astimezone(IST):%d %b %Y %H:%M}." if at else ""
    return RuleBroken(f"{_what(problem)}{_places(problem.__traceback__, file)}{when}")


def file_of(strategy: type) -> str:
    """Where the class was written; empty when that is not known."""
    for value in vars(strategy).values():
        code = getattr(value, "__code__", None)
        if code is not None:
            return str(code.co_filename)
    return ""


def place(file: str, line: int, name: str) -> str:
    """A line of code as it is shown: file, number, function and the text of the line."""
    text = linecache.getline(file, line).strip()
    short = file.replace("\\", "/").rpartition("/")[2]
    return f"{short} line {line}, in {name}" + (f": {text}" if text else "")


def _what(problem: BaseException) -> str:
    words = str(problem)
    name = type(problem).__name__
    return f"{name}: {words}." if words else f"{name}."


def _places(trace: TracebackType | None, file: str) -> str:
    found = [
        place(frame.filename, frame.lineno or 0, frame.name)
        for frame in traceback.extract_tb(trace)
        if frame.filename == file
    ]
    return "".join(f" {each}." for each in found[-DEPTH:])
