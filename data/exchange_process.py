"""The simulated exchange as a process of its own beside the desk, and its time followed."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.request import urlopen

import structlog
from pydantic import AwareDatetime, BaseModel, SecretStr, ValidationError

from core.clock import FollowedClock
from core.errors import BrokerUnavailable
from core.settings import Upstox

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger(__name__)

DEMO_KEY, DEMO_SECRET = "strikedesk-demo", "strikedesk-demo-secret"
"""The client that the simulated exchange approves at once."""
PROGRAM: Final = Path(__file__).resolve().parents[1] / "main.py"
READY: Final = "simulator ready "
READY_WITHIN: Final = 30.0
LOOK_EVERY: Final = 1.0
DEAF_AFTER: Final = 15.0
"""Seconds without an answer after which a running exchange is taken for stuck."""
STOP_WITHIN: Final = 5.0
LONGEST_WAIT: Final = 30.0
ANSWERS_WITHIN: Final = 2.0
SOUND_AFTER: Final = 60.0


class ClockReading(BaseModel):
    """The answer of `GET /sim/clock`, as far as we use it."""

    now: AwareDatetime
    speed: float


class ExchangeProcess:
    """`launch` may be called long before `start`, to let the exchange load while we do.

    Its address is fixed from the beginning, so that the adapter can be built before it listens.
    With `at`, the address of an exchange that runs already, none is started and none is ended.
    """

    def __init__(
        self, clock: FollowedClock, home: Path, words: Sequence[str] = (), *, at: str = ""
    ) -> None:
        self._ours = not at
        self._clock, self._home, self._words = clock, home, tuple(words)
        self._process: subprocess.Popen[str] | None = None
        self._client: httpx.AsyncClient | None = None
        self._address_file = home / "exchange.url"
        self.base_url = at or f"http://127.0.0.1:{_free_port()}"
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def launch(self) -> None:
        """Start the process; does not wait until it listens."""
        if not self._ours:
            return
        port = self.base_url.rpartition(":")[2]
        logs = self._home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / "exchange.log").open("ab") as errors:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, str(PROGRAM), "simulator"),
                    *("--port", port, "--parent-pid", str(os.getpid()), *self._words),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # Ctrl-C is for the desk, which then ends the exchange
            )

    async def start(self) -> str:
        """Wait until it listens, take over its time; returns its address."""
        if self._process is None:
            self.launch()
        if self._process is not None:
            await self._until_it_listens(self._process)
        import httpx  # not before the desk's port is open

        self._client = self._client or httpx.AsyncClient(trust_env=False, timeout=5.0)
        await self._look()
        self._address_file.write_text(self.base_url)
        log.info("exchange.started", url=self.base_url, pid=self.pid)
        return self.base_url

    async def _until_it_listens(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        try:
            async with asyncio.timeout(READY_WITHIN):
                line = await asyncio.to_thread(process.stdout.readline)
        except TimeoutError:
            line = ""
            process.kill()
        if not line.startswith(READY):
            await self._reap()
            raise BrokerUnavailable("the simulated exchange did not start; see logs/exchange.log")

    async def follow(self) -> None:
        """Keep our clock on its time, and it alive, until cancelled."""
        wait, begun = 1.0, time.monotonic()
        heard = begun
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self._look()
                heard = time.monotonic()
            except BrokerUnavailable as problem:
                dead = self._ours and (self._process is None or self._process.poll() is not None)
                if not dead and time.monotonic() - heard < DEAF_AFTER:
                    continue
                log.warning("exchange.lost", problem=str(problem), dead=dead)
                if time.monotonic() - begun > SOUND_AFTER:
                    wait = 1.0
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)
                await self._restart()
                begun = heard = time.monotonic()

    async def stop(self, within: float = STOP_WITHIN) -> None:
        """`within` so many seconds it may end by itself; it keeps nothing that could be lost."""
        await self._reap(within)
        self._address_file.unlink(missing_ok=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _restart(self) -> None:
        self.restarts += 1
        await self._reap()
        try:
            await self.start()
        except BrokerUnavailable as problem:
            log.warning("exchange.failed", problem=str(problem))

    async def _look(self) -> None:
        """Ask for its time and take it over; raises BrokerUnavailable without a usable answer."""
        import httpx

        assert self._client is not None
        try:
            answer = await self._client.get(f"{self.base_url}/sim/clock")
            reading = ClockReading.model_validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as problem:
            raise BrokerUnavailable(f"the exchange does not tell its time ({problem})") from problem
        self._clock.follow(reading.now, reading.speed)

    async def _reap(self, within: float = STOP_WITHIN) -> None:
        """End the process, gently first, and see it gone."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        try:
            await asyncio.to_thread(process.wait, within)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)
        if process.stdout is not None:
            process.stdout.close()


def tells_its_time(base_url: str) -> bool:
    """Whether a simulated exchange answers there; nothing else has a clock of its own."""
    try:
        with urlopen(f"{base_url}/sim/clock", timeout=ANSWERS_WITHIN) as answer:
            ClockReading.model_validate_json(answer.read())
    except (OSError, ValueError, HTTPException):
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def demo_settings(upstox: Upstox, base_url: str) -> Upstox:
    """The broker's settings for the exchange at `base_url` and the demo account."""
    return upstox.model_copy(
        update={
            "api_key": DEMO_KEY,
            "api_secret": SecretStr(DEMO_SECRET),
            "base_url": base_url,
            "order_url": base_url,
            "assets_url": base_url,
            "feed_url": f"ws{base_url.removeprefix('http')}/v3/feed/market-data-feed",
        }
    )
