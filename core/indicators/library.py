"""TA-Lib, the library behind most indicators: imported when it is first needed.

The import takes a second, since TA-Lib looks for pandas: `warm` does it ahead, in a thread.
"""

from types import ModuleType


def ta() -> ModuleType:
    """The functions take and give float64 arrays of one length, nan in their warm-up."""
    import talib

    return talib


def warm() -> None:
    ta()
