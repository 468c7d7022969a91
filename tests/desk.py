"""A real desk for tests: `main.py run` as a process of its own, on a free port, in its own home."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

PROJECT = Path(__file__).resolve().parents[1]
FOREIGN = ("NICEGUI_", "PYTEST_", "STRIKEDESK_", "COV_CORE_", "COVERAGE_", "PYTHONDONTWRITE")


def clean_environment(**more: str) -> dict[str, str]:
    """Ours, without what would make a child believe that it is under test or already set up."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


@dataclass
class Desk:
    home: Path
    port: int
    words: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> Path:
        """What the process has said; beside the home, which it may not be able to write."""
        return self.home.with_name(f"{self.home.name}-output.txt")

    @property
    def exchange_url(self) -> str:
        """Where the desk's own simulated exchange listens."""
        return (self.home / "exchange.url").read_text().strip()

    def spawn(self) -> Self:
        command = [sys.executable, str(PROJECT / "main.py"), "run", "--no-show"]
        command += ["--port", str(self.port), "--home", str(self.home), *self.words]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=self.home.parent,
                env=clean_environment(**self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def start(self, *, within: float = 60) -> Self:
        self.spawn()
        self.wait_until_ready(within)
        return self

    def wait_until_ready(self, within: float = 60) -> None:
        self.wait_for("/readyz", within)

    def wait_for(self, path: str, within: float) -> None:
        last, end = "no answer", time.monotonic() + within
        with httpx.Client(trust_env=False, timeout=5) as client:
            while time.monotonic() < end:
                assert self.process is not None
                if self.process.poll() is not None:
                    raise AssertionError(f"the desk ended:\n{self.said()}")
                try:
                    answer = client.get(self.url + path)
                except httpx.HTTPError as problem:
                    last = repr(problem)
                else:
                    if answer.status_code == 200:
                        return
                    last = f"{answer.status_code} {answer.text[:500]}"
                time.sleep(0.02)
        raise AssertionError(f"{path} not in {within} s: {last}\n{self.said()}")

    def said(self) -> str:
        return self.output.read_text(errors="replace")[-6000:] if self.output.exists() else ""

    def interrupt(self, within: float = 10) -> float:
        """Ctrl-C; returns the seconds it took to end."""
        assert self.process is not None
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(within)
        return time.monotonic() - started

    def kill(self) -> None:
        """End it and all of its children, however it stands."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self.process.wait(10)

    def stop(self) -> None:
        try:
            if self.process is not None and self.process.poll() is None:
                self.interrupt()
        finally:
            self.kill()
