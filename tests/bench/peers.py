"""Peers that are measured beside us: each a process of its own, in an environment of its own.

The environments are made by uv on the first run and kept in the user's cache. Peers answer over
pipes, so that ours and theirs take turns in one run.
"""

import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from tasks import uv_environment


class Peer:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ask(self, *message: object) -> Any:
        self.tell(message)
        assert self._process.stdout is not None
        return pickle.load(self._process.stdout)

    def tell(self, message: object) -> None:
        assert self._process.stdin is not None
        pickle.dump(message, self._process.stdin)
        self._process.stdin.flush()


@contextmanager
def peer(python: Path, script: Path, name: str, first: object) -> Iterator[Peer]:
    """`first` is what it is told before it is asked anything."""
    with subprocess.Popen(
        [python, "-I", script, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        worker = Peer(process)
        worker.tell(first)
        yield worker


def environment(name: str, packages: Sequence[str]) -> Path:
    """The interpreter of a peer's own environment, made when it is not there yet."""
    home = user_cache_path("strikedesk") / "bench" / f"{name}-{'-'.join(packages)}"
    home = home.with_name(home.name.replace("=", "").replace("<", "") + f"-{sys.version_info[1]}")
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = home / "complete"
    if not done.exists():
        print(f"  making {home}", flush=True)
        uv = str(Path(sys.executable).with_name("uv"))
        for command in (
            ["venv", "--clear", "--python", sys.executable, str(home)],
            ["pip", "install", "--python", str(python), *packages],
        ):
            subprocess.run([uv, "--quiet", *command], check=True, env=uv_environment())
        done.touch()
    return python
