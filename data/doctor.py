"""The doctor: looks at what the desk stands on, and says what to do about what is not right."""

import asyncio
import os
import platform
import shutil
import sys
import tempfile
import webbrowser
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

import httpx
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from core.clock import IST, WallClock
from core.errors import AppError
from core.settings import Mode, Settings
from data.brokers.upstox.token_store import TokenStore
from data.models.order import JournalRow
from data.repositories.journal import broken_at

OLDEST, NEWEST = (3, 11), (3, 13)
ROOM: Final = 1_000_000_000
CLOCK_MAY_DIFFER: Final = 2.0
PATIENCE: Final = 5.0
MIGRATIONS: Final = Path(__file__).resolve().parents[1] / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`remedy` is empty where nothing needs to be done."""

    name: str
    ok: bool
    text: str
    remedy: str = ""


async def run(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is changed but a file written to home and removed again."""
    findings = [_python(), _home(settings.home), _disk(settings.home)]
    findings.append(await asyncio.to_thread(_database, settings.chosen_database_url))
    findings.append(await asyncio.to_thread(_journal, settings.chosen_database_url))
    findings.append(_browser())
    if settings.chosen_mode is Mode.SIMULATED:
        findings.append(_fine("broker", "not needed: the exchange is simulated"))
        findings.append(_fine("clock", "taken from the simulated exchange"))
    elif settings.chosen_mode is Mode.REPLAY:
        findings.append(_fine("broker", "not needed: a recorded day is replayed"))
        findings.append(_fine("clock", "that of the recorded day"))
    else:
        findings.append(await _login(settings))
        findings.append(await _clock(settings.upstox.base_url))
    return findings


def _fine(name: str, words: str) -> Finding:
    return Finding(name=name, ok=True, text=words)


def _wrong(name: str, words: str, remedy: str) -> Finding:
    return Finding(name=name, ok=False, text=words, remedy=remedy)


def _python() -> Finding:
    words = f"{platform.python_version()} at {sys.executable}"
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return _fine("python", words)
    return _wrong("python", words, "Use Python 3.11, 3.12 or 3.13.")


def _home(home: Path) -> Finding:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=home):
            pass
    except OSError as problem:
        remedy = "Set STRIKEDESK_HOME or --home to a folder that you may write to."
        return _wrong("home", f"{home} cannot be written: {problem.strerror}", remedy)
    return _fine("home", str(home))


def _disk(home: Path) -> Finding:
    place = next((p for p in (home, *home.parents) if p.exists()), Path.cwd())
    free = shutil.disk_usage(place).free
    words = f"{free / 1e9:.1f} GB free"
    if free >= ROOM:
        return _fine("disk", words)
    return _wrong("disk", words, "Free some space: at least 1 GB for candles, snapshots and logs.")


def _database(url: str) -> Finding:
    engine = create_engine(url)
    try:
        return _schema(engine)
    except SQLAlchemyError as problem:
        where = engine.url.render_as_string(hide_password=True)
        cause = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        remedy = "Start the database, or correct STRIKEDESK_DATABASE_URL."
        return _wrong("database", f"{where}: {cause}", remedy)
    finally:
        engine.dispose()


def _schema(engine: Engine) -> Finding:
    where = engine.url.render_as_string(hide_password=True)
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file and not Path(file).exists():
        return _fine("database", f"{where} will be made by the first run")
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return _fine("database", f"{where} is empty; the first run fills it")
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    scripts = ScriptDirectory(str(MIGRATIONS))
    known = {script.revision for script in scripts.walk_revisions()}
    if found == scripts.get_current_head():
        return _fine("database", f"{where}, schema {found}")
    if found in known:
        return _fine("database", f"{where}, schema {found}; the next run upgrades it")
    remedy = "Use the newer Strikedesk that wrote it, or restore a backup: main.py db restore FILE."
    return _wrong("database", f"{where} was written by a newer version ({found})", remedy)


def _journal(url: str) -> Finding:
    """Whether anybody has changed what was written down about orders."""
    engine = create_engine(url)
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    try:
        if file and not Path(file).exists():
            return _fine("journal", "is not begun yet")
        if not inspect(engine).has_table(JournalRow.__tablename__):
            return _fine("journal", "is not begun yet")
        with Session(engine) as session:
            problem = broken_at(session)
            entries = session.execute(text("SELECT count(*) FROM journal")).scalar()
    except SQLAlchemyError:
        return _wrong("journal", "the database does not answer", "See the database above.")
    finally:
        engine.dispose()
    if not problem:
        return _fine("journal", f"{entries} entries, unbroken")
    return _wrong("journal", problem, "Keep this database as it is, and restore a backup.")


def _browser() -> Finding:
    remedy = "Open the address that the desk prints yourself, or start it with --native."
    if sys.platform == "linux" and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return _fine("browser", f"there is no screen here. {remedy}")
    try:
        found = webbrowser.get()
    except webbrowser.Error as problem:
        return _wrong("browser", str(problem), remedy)
    return _fine("browser", getattr(found, "name", "") or type(found).__name__)


async def _login(settings: Settings) -> Finding:
    upstox = settings.upstox
    if settings.chosen_mode is Mode.READONLY and upstox.analytics_token.get_secret_value():
        return _fine("broker", "an analytics token is set")
    if not upstox.has_credentials:
        remedy = "Set STRIKEDESK_UPSTOX__API_KEY and STRIKEDESK_UPSTOX__API_SECRET."
        return _wrong("broker", "no credentials for Upstox", remedy)
    tokens = TokenStore(settings.home, "upstox")
    await tokens.load()
    now = WallClock().now()
    try:
        token = tokens.live(now)
    except AppError as problem:
        return _wrong("broker", str(problem), "Start the desk and log in on its page /login.")
    if token.expires_at is None:
        return _fine("broker", f"logged in as {token.user_id}")
    until = token.expires_at.astimezone(IST)
    return _fine("broker", f"logged in as {token.user_id} until {until:%d %b %H:%M} IST")


async def _clock(base_url: str) -> Finding:
    """Compare with the broker's, whose answers carry the time to the second."""
    try:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            asked = WallClock().now()
            answer = await client.head(base_url)
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError) as problem:
        words = f"{base_url} gave no time: {problem or type(problem).__name__}"
        return _wrong("clock", words, "Check the network, and STRIKEDESK_UPSTOX__BASE_URL.")
    took = (WallClock().now() - asked) / 2
    apart = abs((asked + took - theirs).total_seconds() - 0.5)
    words = f"{apart:.1f} s from the broker's"
    if apart <= CLOCK_MAY_DIFFER + took.total_seconds():
        return _fine("clock", words)
    return _wrong("clock", words, "Let this machine set its clock by the network (NTP).")
