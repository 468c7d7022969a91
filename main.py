"""Strikedesk: the one place that puts everything together."""

import argparse
import asyncio
import gc
import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from core import log
from core.clock import Clock, FollowedClock, WallClock
from core.errors import AppError, SettingsProblem
from core.settings import Mode, Settings, Upstox, in_force, load
from ui.terminal import command_line, progress

if TYPE_CHECKING:
    from core.services import Services
    from data.assembly import Assembled
    from data.exchange_process import ExchangeProcess

HERE: Final = Path(__file__).resolve().parent
VERSION: Final = "0.1.0"
DONE, FAILED, WRONG_USAGE = 0, 1, 2
WINDOW_COLOR: Final = "#07090d"  # the page's own, so that the window does not flash white
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
    mode = _mode(settings)
    home = _home(settings)
    _refuse_taken_port(settings.host, settings.port)

    from data.db.home_lock import HomeLock

    log.configure(home / "logs")
    with HomeLock(home):
        Program(settings, mode, home).serve(native=given.native, show=not given.no_show)
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
    from data.db import commands
    from data.db.home_lock import HomeLock

    url, home = _database(given)
    with HomeLock(home), progress() as say:
        done = commands.upgrade(url, say)
    print(done)
    return DONE


def backup(given: argparse.Namespace) -> int:
    from data.db import commands

    with progress() as say:
        done = commands.backup(_database(given)[0], given.file, say)
    print(done)
    return DONE


def restore(given: argparse.Namespace) -> int:
    from data.db import commands
    from data.db.home_lock import HomeLock

    url, home = _database(given)
    # a desk that runs would go on writing into the database that is put aside
    with HomeLock(home), progress() as say:
        done = commands.restore(url, given.file, say)
    print(done)
    return DONE


def copy(given: argparse.Namespace) -> int:
    from data.db import commands

    with progress() as say:
        done = commands.copy(_database(given)[0], given.to, say)
    print(done)
    return DONE


# --- what the commands stand on ---------------------------------------------------------------


def _settings(given: argparse.Namespace) -> Settings:
    named = {name: getattr(given, name, None) for name in ("mode", "host", "port", "home")}
    chosen = {name: value for name, value in named.items() if value is not None}
    return load(os.environ, Path(".env"), chosen)


def _mode(settings: Settings) -> Mode:
    """The mode in force; raises SettingsProblem for one that cannot be had."""
    mode = settings.chosen_mode
    if mode is Mode.REPLAY:
        raise SettingsProblem(
            f"Mode {mode} is not built yet. Use simulated, or paper, live or readonly with a login."
        )
    if mode in (Mode.PAPER, Mode.LIVE) and not settings.upstox.has_credentials:
        raise SettingsProblem(
            f"Mode {mode} takes its prices from Upstox: set STRIKEDESK_UPSTOX__API_KEY and"
            " STRIKEDESK_UPSTOX__API_SECRET, or use --mode simulated."
        )
    if mode is Mode.READONLY and not settings.upstox.analytics_token.get_secret_value():
        raise SettingsProblem(
            "Mode readonly needs an analytics token: set STRIKEDESK_UPSTOX__ANALYTICS_TOKEN."
        )
    if not _is_loopback(settings.host) and not settings.password.get_secret_value():
        raise SettingsProblem(
            f"Others could reach the desk on {settings.host}: set STRIKEDESK_PASSWORD, or listen"
            " on 127.0.0.1."
        )
    return mode


def _home(settings: Settings) -> Path:
    home = settings.home.expanduser().resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as problem:
        raise SettingsProblem(
            f"STRIKEDESK_HOME={home}: this folder cannot be written ({problem.strerror})."
            " Choose another with --home."
        ) from problem
    return home


def _database(given: argparse.Namespace) -> tuple[str, Path]:
    """The address of the database, and home; what is done goes to the log there."""
    settings = _settings(given)
    home = _home(settings)
    log.configure(home / "logs", console=False)
    return _database_url(settings, home), home


def _database_url(settings: Settings, home: Path) -> str:
    return settings.database_url or f"sqlite:///{(home / 'strikedesk.db').as_posix()}"


def _is_loopback(host: str | None) -> bool:
    return host is not None and (host in ("localhost", "::1") or host.startswith("127."))


def _refuse_taken_port(host: str, port: int) -> None:
    """Before anything is started: a second desk must not disturb the first."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise AppError(
                f"Cannot listen on {host}:{port}: {problem.strerror}. Stop what uses the port, or"
                f" choose another: --port {min(port + 1, 65535)}"
            ) from problem


def _prepare_window() -> None:
    """Qt on Linux, whose WebEngine refuses to run as root inside its sandbox."""
    from nicegui import app

    app.native.window_args["background_color"] = WINDOW_COLOR
    if sys.platform == "linux":
        app.native.start_args["gui"] = "qt"
        os.environ.setdefault("QT_API", "pyside6")
        if os.geteuid() == 0:
            os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")


def _storage_secret(home: Path) -> str:
    """Signs the session cookie; made once, readable by its owner only."""
    file = home / "secrets" / "session.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(32))
    return file.read_text()


# --- the desk with its walls ------------------------------------------------------------------


class Program:
    """Opens the port, then builds every part once, starts what keeps running, and ends it."""

    def __init__(self, settings: Settings, mode: Mode, home: Path) -> None:
        self._settings, self._mode, self._home = settings, mode, home
        self._clock: Clock = FollowedClock() if self._is_simulated() else WallClock()
        self._exchange: ExchangeProcess | None = None
        self._assembled: Assembled | None = None
        self._problem: AppError | None = None

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
            _prepare_window()
        app.on_startup(lambda: background_tasks.create(self._start(upstox, complete)))
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
            storage_secret=_storage_secret(self._home),
            session_middleware_kwargs={"same_site": "strict", "max_age": 12 * 3600},
            gzip_middleware_factory=None,
            ws_per_message_deflate=False,
        )
        if self._problem is not None:
            raise self._problem

    async def _start(self, upstox: Upstox, complete: asyncio.Event) -> None:
        from nicegui import app

        try:
            self._assembled = assembled = await asyncio.to_thread(self._assemble, upstox)
            self._show(assembled.desk.services)
            if self._exchange is not None:
                await self._exchange.start()
                assembled.supervisor.start("exchange", self._exchange.follow)
            await assembled.start()
        except AppError as problem:
            self._problem = problem
            app.shutdown()
        else:
            gc.collect()
            gc.freeze()  # what was loaded stays: later collections need not walk through it
            complete.set()
            print(f"Strikedesk: http://{self._settings.host}:{self._settings.port}", flush=True)

    def _assemble(self, upstox: Upstox) -> "Assembled":
        """In a thread, since most of it is loading packages."""
        from core.desk import Conditions
        from data.assembly import assemble

        settings = self._settings
        conditions = Conditions(
            mode=self._mode,
            version=VERSION,
            rate=settings.rate,
            environment=in_force(settings),
            run=f"{time.time():.0f}" if self._mode is Mode.SIMULATED else "",
        )
        url = _database_url(settings, self._home)
        return assemble(conditions, self._clock, self._home, url, upstox)

    def _show(self, services: "Services") -> None:
        from ui import api, shell

        api.register(services)
        shell.build(services)

    async def _stop(self) -> None:
        if self._assembled is not None:
            await self._assembled.stop()
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
        return url if _is_loopback(urlsplit(url).hostname) else ""

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
        own = _is_loopback(self._settings.host)
        return frozenset(LOOPBACK_NAMES) if own else frozenset()


if __name__ == "__main__":
    sys.exit(main())
