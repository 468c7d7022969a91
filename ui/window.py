"""The native window: what it needs before it opens."""

import os
import sys
from typing import Final

from nicegui import app

WINDOW_COLOR: Final = "#07090d"  # the page's own, so that the window does not flash white


def prepare() -> None:
    """Qt on Linux, whose WebEngine refuses to run as root inside its sandbox."""
    app.native.window_args["background_color"] = WINDOW_COLOR
    if sys.platform == "linux":
        app.native.start_args["gui"] = "qt"
        os.environ.setdefault("QT_API", "pyside6")
        if os.geteuid() == 0:
            os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
