"""A screen for window tests: Xvfb on a free display, whose pixels a test can read."""

import os
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1500, 950
WITHOUT_GPU = {
    "PYWEBVIEW_GUI": "qt",
    "QT_API": "pyside6",
    "QT_QPA_PLATFORM": "xcb",
    "QT_QUICK_BACKEND": "software",  # else nothing is painted where no OpenGL driver is
    "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox --disable-gpu",
    "QTWEBENGINE_DISABLE_SANDBOX": "1",
    "LIBGL_ALWAYS_SOFTWARE": "1",
}


@dataclass
class Screen:
    display: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**WITHOUT_GPU, "DISPLAY": self.display, "XDG_RUNTIME_DIR": str(self.folder)}

    def pixels(self) -> NDArray[np.uint8]:
        """Rows of (red, green, blue), from the X window dump that Xvfb keeps in a file."""
        dump = (self.folder / "Xvfb_screen0").read_bytes()
        head = struct.unpack(">25I", dump[:100])
        start, width, height, row = head[0] + head[19] * 12, head[4], head[5], head[12]
        rows = np.frombuffer(dump, np.uint8, row * height, start).reshape(height, row)
        return rows[:, : width * 4].reshape(height, width, 4)[:, :, 2::-1]

    def save(self, file: Path) -> None:
        pixels = self.pixels()
        height, width, _ = pixels.shape
        lines = b"".join(b"\0" + row.tobytes() for row in pixels)
        head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
        parts = [_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(lines)), _chunk(b"IEND", b"")]
        file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def _chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


@contextmanager
def screen() -> Iterator[Screen]:
    program = shutil.which("Xvfb")
    if program is None:
        raise FileNotFoundError("Xvfb is not installed")
    with tempfile.TemporaryDirectory(prefix="screen-") as name:
        reader, writer = os.pipe()
        command = [program, "-displayfd", str(writer), "-screen", "0", f"{WIDTH}x{HEIGHT}x24"]
        command += ["-nolisten", "tcp", "-fbdir", name]
        server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        try:
            with os.fdopen(reader) as says:
                yield Screen(f":{says.readline().strip()}", Path(name))
        finally:
            server.terminate()
            server.wait(5)
