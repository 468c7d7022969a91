"""The desk in a window of its own, on a screen without a graphics card."""

import importlib.util
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.desk import Desk
from tests.screen import Screen, screen

LIGHT = 110  # a channel brighter than this is text or a line, not a surface
TEXT_SHARE = 0.002
COVERED_SHARE = 0.8


def missing() -> str:
    if sys.platform != "linux":
        return "windows of this system are left to pywebview"
    if shutil.which("Xvfb") is None:
        return "Xvfb is not installed"
    absent = [m for m in ("webview", "qtpy", "PySide6") if importlib.util.find_spec(m) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def shows_a_page(at: Screen) -> bool:
    """Surfaces all over the screen's black, and light text on them."""
    pixels = at.pixels()
    covered = np.mean(pixels.any(axis=2))
    text = np.mean((pixels > LIGHT).any(axis=2))
    return bool(covered > COVERED_SHARE and text > TEXT_SHARE)


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_the_window_shows_the_desk(new_desk: Desk, tmp_path: Path) -> None:
    with screen() as at:
        assert not shows_a_page(at)
        new_desk.words = ("--native",)
        new_desk.environment = at.environment
        new_desk.start()
        end = time.monotonic() + 30
        while not shows_a_page(at):
            assert time.monotonic() < end, f"nothing was painted\n{new_desk.said()}"
            time.sleep(0.1)
        at.save(tmp_path / "window.png")
        new_desk.kill()
