"""Strikedesk: the one place that puts everything together."""

import argparse
import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from core import log
from core.clock import Clock, FollowedClock, WallClock
from core.errors import AppError, SettingsProblem
from core.settings import Mode, Settings, Upstox, in_force, load
from data.home import made_home, mode_in_force
from data.listening import is_loopback, refuse_taken_port
from data.session_key import session_key
from ui.terminal import Progress, command_line, progress

if TYPE_CHECKING:
    from core.desk_parts import Conditions
    from core.downloads.plan import Download
    from core.services import Services
    from core.state.downloads import Failure
    from data.assembly import Assembled
    from data.exchange_process import ExchangeProcess
    from data.fetching import Tell, Wish
    from data.replay.runs import ReplayRuns

HERE: Final = Path(__file__).resolve().parent
VERSION: Final = "0.1.0"
DONE, FAILED, WRONG_USAGE = 0, 1, 2
LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed, 2 wrong usage."""
    acts = {
        "run": run_desk,
        "simulator": run_simulator,
        "doctor": run_doctor,
        "upgrade": upgrade,
        "backup": backup,
        "restore": restore,
        "copy": copy,
        "download": download,
        "backtest": backtest,
    }
    given = command_line(VERSION, acts).parse_args(words)
    try:
        status: int = given.act(given)
    except SettingsProblem as problem:
        print(f"Strikedesk cannot start as it is set up:\n\n{problem}\n", file=sys.stderr)
        return WRONG_USAGE
    except AppError as problem:
        print(f"{problem}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return DONE
    return status


# --- commands ---------------------------------------------------------------------------------


def run_desk(given: argparse.Namespace) -> int:
    """The desk until it is told to stop."""
    settings = _settings(given)
    mode = mode_in_force(settings)
    home = made_home(settings)
    refuse_taken_port(settings.host, settings.port)

    from data.db.home_lock import HomeLock

    log.configure(home / "logs")
    with HomeLock(home):
        program = Program(settings, mode, home, getattr(given, "day", None))
        program.serve(native=given.native, show=not given.no_show)
    return DONE


def run_simulator(given: argparse.Namespace) -> int:
    from data.simulator.serve import serve

    return serve(
        host=given.host,
        port=given.port,
        seed=given.seed,
        speed=given.speed,
        clock=given.clock,
        underlyings=given.underlyings,
        ticks_per_second=given.ticks_per_second,
        faults=given.faults,
        parent_pid=given.parent_pid,
    )


def run_doctor(given: argparse.Namespace) -> int:
    from data import doctor

    findings = asyncio.run(doctor.run(_settings(given)))
    for finding in findings:
        print(f"{'ok ' if finding.ok else 'NO '} {finding.name}: {finding.text}")
        if finding.remedy:
            print(f"    → {finding.remedy}")
    return DONE if all(finding.ok for finding in findings) else FAILED


def upgrade(given: argparse.Namespace) -> int:
    return _on_database(given, lambda acts, url, say: acts.upgrade(url, say), alone=True)


def backup(given: argparse.Namespace) -> int:
    return _on_database(given, lambda acts, url, say: acts.backup(url, given.file, say))


def restore(given: argparse.Namespace) -> int:
    # a desk that runs would go on writing into the database that is put aside
    return _on_database(
        given, lambda acts, url, say: acts.restore(url, given.file, say), alone=True
    )


def copy(given: argparse.Namespace) -> int:
    return _on_database(given, lambda acts, url, say: acts.copy(url, given.to, say))


def download(given: argparse.Namespace) -> int:
    """What is missing of what was asked for; asked again, it goes on where it was."""
    from ui import terminal_download

    settings = _settings(given)
    mode, home = mode_in_force(settings), made_home(settings)
    log.configure(home / "logs", console=False)

    from data.db.home_lock import HomeLock

    program, wish = Program(settings, mode, home), partial(terminal_download.plan_of, given)
    try:
        with HomeLock(home), terminal_download.shown() as tell:
            done, failures = asyncio.run(program.fetch(wish, tell))
    except KeyboardInterrupt:
        print("Stopped: the same command goes on from here.", file=sys.stderr)
        return FAILED
    return DONE if terminal_download.tell_end(done, failures) else FAILED


def backtest(given: argparse.Namespace) -> int:
    """Run it in a process of its own, print what came of it, and write its report."""
    from data import backtesting
    from ui import terminal_backtest as terminal

    settings = _settings(given)
    home = made_home(settings)
    desk = backtesting.Desk(
        home=settings.market_home, url=settings.chosen_database_url, rate=settings.rate
    )
    wish = terminal.wish_of(given)
    with progress() as say:
        done = asyncio.run(backtesting.by_hand(desk, wish, lambda share, words: say(words, share)))
    written = backtesting.save(home, *terminal.files(*done))
    print(terminal.table(*done), *(f"Report: {path}" for path in written), sep="\n")
    return DONE


# --- what the commands stand on ---------------------------------------------------------------


def _settings(given: argparse.Namespace) -> Settings:
    named = {name: getattr(given, name, None) for name in ("mode", "host", "port", "home")}
    chosen = {name: value for name, value in named.items() if value is not None}
    return load(os.environ, Path(".env"), chosen)


def _on_database(
    given: argparse.Namespace, act: Callable[[Any, str, Progress], str], *, alone: bool = False
) -> int:
    """Do it with progress on the terminal; `alone` refuses while a desk uses this home."""
    from data.db import commands
    from data.db.home_lock import HomeLock

    settings = _settings(given)
    home = made_home(settings)
    log.configure(home / "logs", console=False)
    with HomeLock(home) if alone else nullcontext(), progress() as say:
        done = act(commands, settings.chosen_database_url, say)
    print(done)
    return DONE


# --- the desk with its walls ------------------------------------------------------------------


class Program:
    """Opens the port, then builds every part once, starts what keeps running, and ends it."""

    def __init__(self, settings: Settings, mode: Mode, home: Path, day: date | None = None) -> None:
        self._settings, self._mode, self._home, self._day = settings, mode, home, day
        self._clock: Clock = FollowedClock() if self._is_simulated() else WallClock()
        self._exchange: ExchangeProcess | None = None
        self._assembled: Assembled | None = None
        self._replay: ReplayRuns | None = None
        self._problem: AppError | None = None
        self._starting: asyncio.Task[None] | None = None

    def serve(self, *, native: bool, show: bool) -> None:
        """Stay until told to end; raises the AppError that kept the desk from starting."""
        upstox = self._where_the_broker_is()  # first: an exchange loads while we do

        from nicegui import app, background_tasks, ui

        from ui import opening

        complete = opening.prepare(
            self._mode,
            VERSION,
            password=self._settings.password.get_secret_value(),
            hosts=self._names(),
        )
        if native:
            from ui import window

            window.prepare()

        def begin() -> None:
            self._starting = background_tasks.create(self._start(upstox, complete))
            self._starting.add_done_callback(self._started)

        app.on_startup(begin)
        app.on_shutdown(self._stop)
        ui.run(
            host=self._settings.host,
            port=self._settings.port,
            title="Strikedesk",
            favicon=HERE / "assets" / "icons" / "logo.svg",
            dark=None,
            reload=False,
            show=show and not native,
            native=native,
            window_size=(1440, 900) if native else None,
            show_welcome_message=False,
            reconnect_timeout=30.0,
            binding_refresh_interval=0.5,
            storage_secret=session_key(self._home),
            session_middleware_kwargs={"same_site": "strict", "max_age": 12 * 3600},
            gzip_middleware_factory=None,
            ws_per_message_deflate=False,
        )
        if self._problem is not None:
            raise self._problem

    async def fetch(self, wish: "Wish", tell: "Tell") -> "tuple[Download, list[Failure]]":
        """A download by hand: without pages, and without prices."""
        from data.fetching import fetch

        upstox = self._where_the_broker_is()
        assembled = await asyncio.to_thread(self._assemble, upstox)
        return await fetch(assembled, self._exchange, wish, tell)

    def _started(self, task: asyncio.Task[None]) -> None:
        """A desk that failed to come must not look as if it were still on its way."""
        from nicegui import app

        if not task.cancelled() and (problem := task.exception()) is not None:
            self._problem = AppError(f"The desk could not be put together: {problem}")
            app.shutdown()

    async def _start(self, upstox: Upstox, complete: asyncio.Event) -> None:
        from nicegui import app

        try:
            await (self._start_replay() if self._mode is Mode.REPLAY else self._open(upstox))
        except AppError as problem:
            self._problem = problem
            app.shutdown()
        else:
            gc.collect()
            gc.freeze()  # what was loaded stays: later collections need not walk through it
            complete.set()
            print(f"Strikedesk: http://{self._settings.host}:{self._settings.port}", flush=True)

    async def _open(self, upstox: Upstox) -> None:
        self._assembled = assembled = await asyncio.to_thread(self._assemble, upstox)
        self._show(assembled.desk.services)
        if self._exchange is not None:
            await self._exchange.start()
            assembled.supervisor.start("exchange", self._exchange.follow)
        await assembled.start()

    async def _start_replay(self) -> None:
        """A desk for each run, shown in the place of the one before."""
        from data.replay.runs import ReplayRuns
        from ui import api, shell

        shown: list[Services] = []

        def show(services: "Services") -> None:
            shown[:] = [services]
            api.register(services)
            shell.reload()

        settings = self._settings
        url = settings.chosen_database_url
        self._replay = ReplayRuns(self._conditions(), settings.market_home, url, show)
        await self._replay.start(self._day)
        shell.build(lambda: shown[0])

    def _assemble(self, upstox: Upstox) -> "Assembled":
        """In a thread, since most of it is loading packages."""
        from data.assembly import assemble

        settings = self._settings
        url, kept = settings.chosen_database_url, settings.market_home
        return assemble(self._conditions(), self._clock, self._home, url, upstox, kept)

    def _conditions(self) -> "Conditions":
        from core.desk_parts import Conditions

        return Conditions(
            mode=self._mode,
            version=VERSION,
            rate=self._settings.rate,
            environment=in_force(self._settings),
            run=f"{time.time():.0f}" if self._mode is Mode.SIMULATED else "",
        )

    def _show(self, services: "Services") -> None:
        from ui import api, shell

        api.register(services)
        shell.build(services)

    async def _stop(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        if self._assembled is not None:
            await self._assembled.stop()
        if self._replay is not None:
            await self._replay.stop()
        if self._exchange is not None:
            await self._exchange.stop()

    def _is_simulated(self) -> bool:
        """Whether the time is an exchange's own: one may stand in the broker's place, for tests."""
        from data.exchange_process import tells_its_time

        if self._mode not in (Mode.PAPER, Mode.LIVE):
            return self._mode is Mode.SIMULATED
        near = self._near_exchange()
        return bool(near) and tells_its_time(near)

    def _near_exchange(self) -> str:
        """The broker's address where it is on this machine, else empty."""
        url = self._settings.upstox.base_url
        return url if is_loopback(urlsplit(url).hostname) else ""

    def _where_the_broker_is(self) -> Upstox:
        """The broker as set; in mode simulated an exchange, which starts now, beside us."""
        from data.exchange_process import ExchangeProcess, demo_settings

        upstox = self._settings.upstox
        if isinstance(self._clock, FollowedClock):
            self._exchange = ExchangeProcess(self._clock, self._home, at=self._near_exchange())
            self._exchange.launch()
            if self._mode is Mode.SIMULATED:
                upstox = demo_settings(upstox, self._exchange.base_url)
        return upstox

    def _names(self) -> frozenset[str]:
        """The names under which the desk may be asked; empty = any, behind a password."""
        own = is_loopback(self._settings.host)
        return frozenset(LOOPBACK_NAMES) if own else frozenset()


if __name__ == "__main__":
    sys.exit(main())
