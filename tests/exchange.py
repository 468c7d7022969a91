"""A real exchange for tests: the simulator as a process of its own, on a free port."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.desk import clean_environment

PROJECT = Path(__file__).resolve().parents[1]
PROGRAM = (
    "import json, sys; from data.simulator.serve import serve; "
    "sys.exit(serve(**json.loads(sys.argv[1])))"
)


@contextmanager
def start_exchange(**flags: Any) -> Iterator[str]:
    """Yields its base URL; ends it when left. `flags` are those of `data.simulator.serve.serve`."""
    asked = {
        "port": 0,
        "underlyings": ["NIFTY"],
        "faults": True,
        "parent_pid": os.getpid(),
        **flags,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, json.dumps(asked)],
        cwd=PROJECT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("simulator ready "), f"the exchange did not start: {line!r}"
        yield line.split()[-1]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
