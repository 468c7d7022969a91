"""Strikedesk: the command line, and the one place that puts everything together."""

import argparse
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from core import log
from core.clock import Clock, FollowedClock, WallClock
from core.errors import AppError, SettingsProblem
from core.instruments.calendar import MarketCalendar
from core.jobs.new_day import new_day
from core.jobs.table import table
from core.services import Services
from core.services.chain_keeper import ChainKeeper
from core.services.database_watch import DatabaseWatch
from core.services.day_bars import DayBars
from core.services.market_feed import MarketFeed
from core.services.recorder import Recorder
from core.services.scheduler import Scheduler
from core.services.session_keeper import SessionKeeper
from core.services.subscriptions import Subscriptions
from core.services.supervisor import Supervisor
from core.settings import Mode, Settings, Upstox, in_force, load
from core.state.chains import ChainState
from core.state.health import HealthState
from core.state.jobs import JobsState
from core.state.market import MarketState
from core.state.notices import Notices
from core.state.session import SessionState

HERE: Final = Path(__file__).resolve().parent
VERSION: Final = "0.1.0"
DONE, FAILED, WRONG_USAGE = 0, 1, 2
WINDOW_COLOR: Final = "#07090d"  # the page's own, so that the window does not flash white
LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")

LATER: Final = {
    "download": "Downloads by hand are not built yet.",
    "backtest": "Backtests are not built yet.",
    "replay": "Replay is not built yet.",
}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed, 2 wrong usage."""
    parser = command_line()
    given = parser.parse_args(words)
    try:
        status: int = given.run(given)
    except SettingsProblem as problem:
        print(f"Strikedesk cannot start as it is set up:\n\n{problem}\n", file=sys.stderr)
        return WRONG_USAGE
    except AppError as problem:
        print(f"{problem}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return DONE
    return status


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py", description=__doc__)
    parser.add_argument("--version", action="version", version=f"Strikedesk {VERSION}")
    _run_options(parser)
    parser.set_defaults(run=run_desk)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    desk = commands.add_parser("run", help="start the desk (this is what no command does too)")
    _run_options(desk, again=True)
    desk.set_defaults(run=run_desk)

    exchange = commands.add_parser("simulator", help="start the simulated exchange alone")
    _simulator_options(exchange)
    exchange.set_defaults(run=run_simulator)

    database = commands.add_parser("db", help="upgrade, back up, restore or copy the database")
    _database_commands(database)

    doctor = commands.add_parser("doctor", help="check this machine and say what to do")
    doctor.add_argument("--home", type=Path)
    doctor.set_defaults(run=run_doctor)

    for name, words in LATER.items():
        later = commands.add_parser(name, help=words)
        later.add_argument("rest", nargs=argparse.REMAINDER)
        later.set_defaults(run=_not_yet(words))
    return parser


def _run_options(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    """`again`: of the sub-command, whose silence must not undo what stood before it."""
    silent = argparse.SUPPRESS if again else None
    off = argparse.SUPPRESS if again else False
    parser.add_argument("--mode", default=silent, help="simulated, paper, live, replay, readonly")
    parser.add_argument("--host", default=silent, help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", default=silent, help="port to listen on (8080)")
    parser.add_argument("--home", type=Path, default=silent, help="folder for data and logs")
    parser.add_argument("--native", action="store_true", default=off, help="in its own window")
    parser.add_argument("--no-show", action="store_true", default=off, help="open no browser")


def _simulator_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9010, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--clock", choices=("open", "wall"), default="open")
    parser.add_argument("--underlyings", type=_words, help="for example NIFTY,BANKNIFTY (all)")
    parser.add_argument("--ticks-per-second", type=int, default=None, help="for load")
    parser.add_argument("--faults", action="store_true", help="let tests break things")
    parser.add_argument("--parent-pid", type=int, default=None, help=argparse.SUPPRESS)
    parser.set_defaults(run=run_simulator)


def _words(text: str) -> list[str]:
    return [word.strip().upper() for word in text.split(",") if word.strip()]


def _database_commands(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", type=Path)
    parser.set_defaults(run=lambda _: _usage(parser))
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    for name, words in (
        ("upgrade", "bring the schema to the newest version"),
        ("backup", "write a consistent copy, while the desk runs or not"),
        ("restore", "put a backup in the place of the database"),
        ("copy", "copy everything to another database"),
    ):
        action = actions.add_parser(name, help=words)
        if name in ("backup", "restore"):
            action.add_argument("file", type=Path)
        if name == "copy":
            action.add_argument("--to", required=True, metavar="URL")
        action.set_defaults(run=run_database, action=name)


def _usage(parser: argparse.ArgumentParser) -> NoReturn:
    parser.error("say which action: upgrade, backup, restore or copy")


def _not_yet(words: str) -> Callable[[argparse.Namespace], int]:
    def say(_: argparse.Namespace) -> int:
        print(words, file=sys.stderr)
        return WRONG_USAGE

    return say


# --- commands ---------------------------------------------------------------------------------


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


def run_database(given: argparse.Namespace) -> int:
    from data.db import commands

    settings = _settings(given)
    url = _database_url(settings, _home(settings))
    with _progress() as progress:
        if given.action == "upgrade":
            said = commands.upgrade(url, progress)
        elif given.action == "backup":
            said = commands.backup(url, given.file, progress)
        elif given.action == "restore":
            said = commands.restore(url, given.file, progress)
        else:
            said = commands.copy(url, given.to, progress)
    print(said)
    return DONE


def run_doctor(given: argparse.Namespace) -> int:
    import asyncio

    from data import doctor

    findings = asyncio.run(doctor.run(_settings(given)))
    for finding in findings:
        print(f"{'ok ' if finding.ok else 'NO '} {finding.name}: {finding.text}")
        if finding.remedy:
            print(f"    → {finding.remedy}")
    return DONE if all(finding.ok for finding in findings) else FAILED


def run_desk(given: argparse.Namespace) -> int:
    """The desk until it is told to stop."""
    settings = _settings(given)
    mode = _mode(settings)
    home = _home(settings)
    _refuse_taken_port(settings.host, settings.port)

    from data.db.home_lock import HomeLock

    log.configure(home / "logs")
    with HomeLock(home):
        desk = Desk(settings, mode, home)
        desk.serve(native=given.native, show=not given.no_show)
    return DONE


# --- what the commands share ------------------------------------------------------------------


def _settings(given: argparse.Namespace) -> Settings:
    named = {name: getattr(given, name, None) for name in ("mode", "host", "port", "home")}
    chosen = {name: value for name, value in named.items() if value is not None}
    return load(os.environ, Path(".env"), chosen)


def _mode(settings: Settings) -> Mode:
    mode = settings.chosen_mode
    if mode in (Mode.LIVE, Mode.REPLAY):
        raise SettingsProblem(
            f"Mode {mode} is not built yet. Use simulated, or paper or readonly with a login."
        )
    if mode is Mode.PAPER and not settings.upstox.has_credentials:
        raise SettingsProblem(
            "Mode paper takes its prices from Upstox: set STRIKEDESK_UPSTOX__API_KEY and"
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


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on a terminal, a line for each new step elsewhere."""
    if not sys.stderr.isatty():
        said: set[str] = set()

        def line(step: str, _: float) -> None:
            if step not in said:
                said.add(step)
                print(step, file=sys.stderr)

        yield line
        return

    from tqdm import tqdm

    with tqdm(total=1.0, leave=False, bar_format="{desc} {bar} {percentage:3.0f} %") as bar:

        def draw(step: str, share: float) -> None:
            bar.set_description_str(step, refresh=False)
            bar.update(share - bar.n)

        yield draw


# --- the desk ---------------------------------------------------------------------------------


class Desk:
    """Every part once: built in `__init__`, started by `start`, ended in the opposite order."""

    def __init__(self, settings: Settings, mode: Mode, home: Path) -> None:
        self._settings, self._mode, self._home = settings, mode, home
        self._simulated = mode is Mode.SIMULATED
        self._clock: Clock = FollowedClock() if self._simulated else WallClock()
        self._market, self._chains, self._jobs = MarketState(), ChainState(), JobsState()
        self._session, self._health, self._notices = SessionState(), HealthState(), Notices()
        self._calendar = MarketCalendar(self._clock)
        self._upstox = self._where_the_broker_is()
        self._keep_records()
        self._reach_broker()
        self._employ()
        self.services = self._bundle()
        self._supervisor = Supervisor(self._health, self._clock)

    def _where_the_broker_is(self) -> Upstox:
        """The broker as set; in mode simulated an exchange, which starts now, beside us."""
        from data.exchange_process import ExchangeProcess, demo_settings

        upstox = self._settings.upstox
        self._exchange = None
        if isinstance(self._clock, FollowedClock):
            elsewhere = upstox.base_url if _is_loopback(urlsplit(upstox.base_url).hostname) else ""
            self._exchange = ExchangeProcess(self._clock, self._home, at=elsewhere)
            self._exchange.launch()
            upstox = demo_settings(upstox, self._exchange.base_url)
        return upstox

    def _keep_records(self) -> None:
        from data.db.database import Database
        from data.db.migrate import upgrade
        from data.repositories.candles import SqlCandles
        from data.repositories.instruments import SqlInstruments
        from data.repositories.job_runs import SqlJobRuns
        from data.repositories.preferences import SqlPreferences
        from data.repositories.snapshots import SqlSnapshots
        from data.repositories.watchlists import SqlWatchlists

        url = _database_url(self._settings, self._home)
        upgrade(url, backups=self._home / "backups")
        self._database = Database(url)
        self._instruments = SqlInstruments(self._database)
        self._candles = SqlCandles(self._database)
        self._snapshots = SqlSnapshots(self._database)
        self._watchlists = SqlWatchlists(self._database)
        self._preferences = SqlPreferences(self._database)
        self._job_runs = SqlJobRuns(self._database)

    def _reach_broker(self) -> None:
        from data.brokers.upstox.auth import UpstoxLogin, tell_session
        from data.brokers.upstox.feed import UpstoxFeed
        from data.brokers.upstox.history import UpstoxHistory
        from data.brokers.upstox.http import UpstoxHttp
        from data.brokers.upstox.instruments_file import UpstoxInstruments
        from data.brokers.upstox.market_data import UpstoxMarketData
        from data.brokers.upstox.token_store import TokenStore

        self._tokens = TokenStore(self._home, "upstox-simulated" if self._simulated else "upstox")
        self._http = UpstoxHttp(self._upstox, self._tokens, self._clock, self._health.broker)
        self._login = UpstoxLogin(
            self._http,
            self._tokens,
            self._clock,
            tell_session(self._session),
            automatic=self._simulated,
        )
        self._market_data, self._history = UpstoxMarketData(self._http), UpstoxHistory(self._http)
        self._source = UpstoxInstruments(
            self._upstox.assets_url, self._instruments.count, self._clock
        )
        self._feed = UpstoxFeed(
            self._http,
            self._tokens,
            self._market,
            self._health.feed,
            self._clock,
            self._session,
        )

    def _employ(self) -> None:
        self._subscriptions = Subscriptions(self._feed)
        self._chain_keeper = ChainKeeper(
            instruments=self._instruments,
            market_data=self._market_data,
            market=self._market,
            chains=self._chains,
            subscriptions=self._subscriptions,
            calendar=self._calendar,
            clock=self._clock,
            rate=self._settings.rate,
        )
        self._day_bars = DayBars(self._history, self._market, self._clock)
        self._recorder = Recorder(
            market=self._market,
            chains=self._chains,
            chain_keeper=self._chain_keeper,
            calendar=self._calendar,
            feed=self._health.feed,
            snapshots=self._snapshots,
            candles=self._candles,
            clock=self._clock,
        )
        self._feed.listen(self._recorder.frame)
        self._scheduler = Scheduler(
            state=self._jobs,
            runs=self._job_runs,
            calendar=self._calendar,
            clock=self._clock,
            notices=self._notices,
        )
        self._scheduler.add(
            *table(
                source=self._source,
                instruments=self._instruments,
                market_data=self._market_data,
                database=self._database,
                calendar=self._calendar,
                chain_keeper=self._chain_keeper,
                health=self._health,
                notices=self._notices,
                clock=self._clock,
            )
        )
        self._session_keeper = SessionKeeper(
            session=self._session,
            calendar=self._calendar,
            clock=self._clock,
            notices=self._notices,
            login=self._login,
            market_data=self._market_data,
            new_day=[self._new_day],
        )

    async def _new_day(self) -> None:
        await new_day(
            day_bars=self._day_bars,
            chain_keeper=self._chain_keeper,
            scheduler=self._scheduler,
            health=self._health,
            calendar=self._calendar,
        )

    def _bundle(self) -> Services:
        return Services(
            mode=self._mode,
            version=VERSION,
            rate=self._settings.rate,
            clock=self._clock,
            market=self._market,
            chains=self._chains,
            session=self._session,
            health=self._health,
            notices=self._notices,
            jobs=self._jobs,
            subscriptions=self._subscriptions,
            chain_keeper=self._chain_keeper,
            day_bars=self._day_bars,
            scheduler=self._scheduler,
            calendar=self._calendar,
            login=self._login,
            market_data=self._market_data,
            history=self._history,
            instruments=self._instruments,
            candles=self._candles,
            snapshots=self._snapshots,
            watchlists=self._watchlists,
            preferences=self._preferences,
            job_runs=self._job_runs,
            log=log.ring,
            database=self._database,
            environment=in_force(self._settings),
        )

    def serve(self, *, native: bool, show: bool) -> None:
        """Open the port, start everything, and stay until told to end."""
        from nicegui import app, ui

        from ui import access, api, shell

        access.install(
            self._mode,
            password=self._settings.password.get_secret_value(),
            hosts=self._hosts(),
        )
        api.register(self.services)
        shell.build(self.services)
        if native:
            _prepare_window()
        app.on_startup(self.start)
        app.on_shutdown(self.stop)
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

    def _hosts(self) -> frozenset[str]:
        """The names under which the desk may be asked; empty = any, behind a password."""
        if not _is_loopback(self._settings.host):
            return frozenset()
        return frozenset(LOOPBACK_NAMES)

    async def start(self) -> None:
        if self._exchange is not None:
            await self._exchange.start()
            self._supervisor.start("exchange", self._exchange.follow)
        await self._tokens.load()
        for name, run in self._running().items():
            self._supervisor.start(name, run)

    def _running(self) -> dict[str, Callable[[], Awaitable[None]]]:
        market_feed = MarketFeed(
            feed=self._feed, health=self._health, session=self._session, clock=self._clock
        )
        return {
            "login": self._login.run,
            "feed": market_feed.run,
            "session": self._session_keeper.run,
            "chains": self._chain_keeper.run,
            "day bars": self._day_bars.run,
            "recorder": self._recorder.run,
            "scheduler": self._scheduler.run,
            "database": DatabaseWatch(self._instruments, self._health).run,
        }

    async def stop(self) -> None:
        await self._supervisor.stop()
        await self._http.close()
        await self._database.close()
        if self._exchange is not None:
            await self._exchange.stop()


if __name__ == "__main__":
    sys.exit(main())
