"""Figure 6: from the start of the process to its port, and to a desk that can do its job."""

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.rows import Row
from tests.desk import Desk, clean_environment
from tests.network import take_port

PORT_TARGET: Final = 1.5
WARM_TARGET: Final = 4.0
FIRST_TARGET: Final = 8.0
BARE: Final = """
import sys
from nicegui import ui
@ui.page("/")
def page():
    ui.label("hello")
ui.run(port=int(sys.argv[1]), host="127.0.0.1", show=False, reload=False)
"""


def run(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        first = _desk(Path(folder) / "home")
        warm = [_desk(Path(folder) / "home") for _ in range(2 if quick else 5)]
        bare = [_bare(Path(folder)) for _ in range(2 if quick else 5)]
    ports = statistics.median(port for port, _ in warm)
    ready = statistics.median(ready for _, ready in warm)
    empty = statistics.median(bare)
    return [
        _row("process start to port answering", ports, PORT_TARGET, peer=empty),
        _row("process start to /readyz, warm", ready, WARM_TARGET),
        _row("process start to /readyz, first run in a new home", first[1], FIRST_TARGET),
    ]


def _row(what: str, ours: float, target: float, peer: float | None = None) -> Row:
    return Row(
        figure="6",
        what=what + (" (peer: an empty NiceGUI page)" if peer else ""),
        ours=ours,
        peer=peer,
        unit="s",
        ratio=peer / ours if peer else None,
        target=f"≤ {target} s",
        ok=ours <= target,
    )


def _desk(home: Path) -> tuple[float, float]:
    desk = Desk(home, take_port())
    begun = time.perf_counter()
    desk.spawn()
    try:
        assert desk.process is not None
        port = _until_it_listens(desk.process, desk.port) - begun
        desk.wait_until_ready()
        return port, time.perf_counter() - begun
    finally:
        desk.stop()


def _bare(folder: Path) -> float:
    port = take_port()
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", BARE, str(port)],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            return _until_it_listens(process, port) - begun
        finally:
            process.terminate()


def _until_it_listens(process: subprocess.Popen[bytes], port: int) -> float:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return time.perf_counter()
    raise AssertionError("the process ended before it listened")
