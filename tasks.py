"""Sets up what a command needs, then runs it; needs nothing but Python 3.11 to 3.13.

python3 tasks.py run     starts the desk; what follows goes to main.py (--native, --port 9000, …)
python3 tasks.py test    checks and tests everything; what follows goes to pytest alone (-k chain)
python3 tasks.py bench   measures us beside our peers (--quick)
python3 tasks.py lint    style and types (--fix repairs what can be repaired)
python3 tasks.py lock    resolves requirements/*.lock anew (--upgrade takes newer releases)
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
VENV: Final = HERE / ".venv"
WINDOWS: Final = os.name == "nt"
PYTHON: Final = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
UV: Final = PYTHON.with_name("uv.exe" if WINDOWS else "uv")
STAMP: Final = VENV / "installed.json"
OLDEST, NEWEST = (3, 11), (3, 13)

LOCKS: Final[dict[str, list[str]]] = {
    "run": [],
    "native": ["--extra", "native", "-c", "requirements/run.lock"],
    "dev": ["--extra", "native", "--group", "dev", "-c", "requirements/native.lock"],
}
"""Each lock holds all of those before it; beside it, how it is compiled from pyproject.toml."""

LOCK_SHAPE: Final = [
    *["--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"],
    *["--no-header", "--no-annotate", "--no-emit-index-url"],
]

BROWSER_PACKAGES: Final = ["chromium", "fonts-liberation", "libatomic1"]
SCREEN_PACKAGES: Final = ["xvfb"]
WINDOW_PACKAGES: Final = [
    *["libegl1", "libopengl0", "libgl1", "libnss3", "alsa-utils", "libxcb-cursor0"],
    *["libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-render-util0"],
    *["libxcb-shape0", "libxcb-xinerama0", "libxcb-xkb1", "libxkbcommon-x11-0"],
]
"""alsa-utils stands for libasound2, which has another name in each release."""

WINDOW_LOADS: Final = """
import ctypes, pathlib, PySide6
ctypes.CDLL(str(pathlib.Path(PySide6.__file__).parent / "Qt/plugins/platforms/libqxcb.so"))
import PySide6.QtWebEngineWidgets
"""

MOST_AGAIN: Final = 3
OF_PAGES: Final = ("tests/e2e/", "tests/ui/")


class Failed(Exception):
    """A step that did not work; the text says what to do."""


def main(words: list[str]) -> int:
    commands = {"run": run, "test": test, "bench": bench, "lint": lint, "lock": lock}
    if not words or words[0] not in commands:
        print(__doc__)
        return 0 if words[:1] in (["-h"], ["--help"]) else 2
    try:
        if not OLDEST <= sys.version_info[:2] <= NEWEST:
            raise Failed(
                f"Python {platform.python_version()} is not supported: install 3.11, 3.12 or 3.13"
                f" and start with it, for example: python3.12 tasks.py {words[0]}"
            )
        return commands[words[0]](words[1:])
    except Failed as problem:
        print(f"tasks.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


# --- commands ---------------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    native = "--native" in arguments
    set_up("native" if native else "run")
    if native and sys.platform == "linux":
        provide("a native window", window_loads, WINDOW_PACKAGES)
    command = [str(PYTHON), str(HERE / "main.py"), "run", *arguments]
    if WINDOWS:  # its execv returns to the prompt at once
        return subprocess.call(command)
    sys.stdout.flush()
    os.execv(command[0], command)  # no process between the user's Ctrl-C and the desk


def test(arguments: list[str]) -> int:
    set_up("dev")
    set_up_browser()
    if sys.platform == "linux":
        provide("a display for window tests", lambda: bool(shutil.which("Xvfb")), SCREEN_PACKAGES)
        provide("window libraries for window tests", window_loads, WINDOW_PACKAGES)
    if arguments:
        return call("-m", "pytest", *arguments)
    checks = {"lint": lambda: lint([]), "migrations": migrations, "tests": tests}
    failed = [name for name, check in checks.items() if check() != 0]
    if failed:
        print(f"tasks.py: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    set_up("dev")
    set_up_browser()
    return call("-m", "tests.bench", *arguments)


def lint(arguments: list[str]) -> int:
    set_up("dev")
    fix = "--fix" in arguments
    steps = [
        ["-m", "ruff", "check", *(["--fix"] if fix else [])],
        ["-m", "ruff", "format", *([] if fix else ["--check"])],
        ["-m", "mypy"],
    ]
    return max([call(*step) for step in steps])


def lock(arguments: list[str]) -> int:
    make_venv()
    get_uv()
    for name, options in LOCKS.items():
        print(f"→ requirements/{name}.lock", flush=True)
        command = [str(UV), "pip", "compile", "pyproject.toml", *LOCK_SHAPE, *options]
        command += ["-o", f"requirements/{name}.lock"]
        if subprocess.call([*command, *arguments], cwd=HERE, env=uv_environment()) != 0:
            raise Failed(f"requirements/{name}.lock could not be resolved")
    return 0


def migrations() -> int:
    """Upgrade an empty database by the scripts, and compare it with the models."""
    with tempfile.TemporaryDirectory() as folder:
        where = f"url=sqlite:///{(Path(folder) / 'check.db').as_posix()}"
        steps = (["upgrade", "head"], ["check"])
        return max([call("-m", "alembic", "-x", where, *step) for step in steps])


def tests() -> int:
    """Coverage is of core, by core's own tests: tracing all the others would take minutes more."""
    coverage = ["--cov", "--cov-report=term:skip-covered", "--cov-fail-under=90"]
    core = call("-m", "pytest", "tests/core", *coverage)
    rest = call("-m", "pytest", "--ignore=tests/core")
    return max(core, again(rest) if rest == 1 and not core else rest)


def again(status: int) -> int:
    """One more try for a few tests of pages, where a machine that stalls costs a browser its time.

    They are named, and a test that fails twice has failed.
    """
    kept = HERE / ".pytest_cache" / "v" / "cache" / "lastfailed"
    failed = list(json.loads(kept.read_text())) if kept.exists() else []
    if not 0 < len(failed) <= MOST_AGAIN or not all(f.startswith(OF_PAGES) for f in failed):
        return status
    status = call("-m", "pytest", *failed)
    if status == 0:
        print("tasks.py: passed only at the second try:", *failed, sep="\n  ", file=sys.stderr)
    return status


def call(*command: str) -> int:
    """Run the environment's Python in the project's folder."""
    print("→ python " + " ".join(command), flush=True)
    return subprocess.call([str(PYTHON), *command], cwd=HERE)


# --- the environment --------------------------------------------------------------------------


def set_up(name: str) -> None:
    """Bring `.venv` to at least this lock; costs nothing when it is there already."""
    make_venv()
    wanted = fingerprint(name)
    if installed().get(name) == wanted:
        return
    STAMP.unlink(missing_ok=True)
    print(f"→ installing requirements/{name}.lock", flush=True)
    if not install_by_uv(name):
        print("→ uv could not do it, trying pip (slower)", flush=True)
        arguments = ["install", "--require-hashes", "-r", f"requirements/{name}.lock"]
        if pip(*arguments) != 0:
            raise Failed("the packages could not be installed: see the lines above")
    held = list(LOCKS)[: list(LOCKS).index(name) + 1]
    STAMP.write_text(json.dumps({each: fingerprint(each) for each in held}, indent=1))


def fingerprint(name: str) -> str:
    """Changes with the lock, the interpreter, the machine's kind and the folder."""
    text = (HERE / "requirements" / f"{name}.lock").read_bytes()
    where = f"{sys.version_info[:2]} {sys.platform} {platform.machine()} {VENV}"
    return hashlib.sha256(text + where.encode()).hexdigest()


def installed() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def make_venv() -> None:
    if venv_works():
        return
    print(f"→ making {VENV.name} with Python {platform.python_version()}", flush=True)
    python = getattr(sys, "_base_executable", sys.executable)
    plain = [python, "-m", "venv", "--clear", str(VENV)]
    if quiet(plain):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if may_apt() and apt_install("virtual environments", [package]) and quiet(plain):
        return
    if (uv := shutil.which("uv")) and quiet(
        [uv, "venv", "--seed", "--clear", "--python", python, str(VENV)]
    ):
        return
    raise Failed(
        "this Python cannot make a virtual environment. On Debian and Ubuntu:\n"
        f"  sudo apt-get install {package}"
    )


def venv_works() -> bool:
    """True for an environment of this Python, in this place, with pip in it."""
    if not PYTHON.exists():
        return False
    ask = "import sys, pip; print(sys.version_info[:2], sys.prefix)"
    answer = subprocess.run([str(PYTHON), "-c", ask], capture_output=True, text=True, check=False)
    version, _, prefix = answer.stdout.strip().rpartition(" ")
    same = version == str(sys.version_info[:2]) and Path(prefix).resolve() == VENV.resolve()
    return answer.returncode == 0 and same


def pip(*arguments: str) -> int:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-qq", *arguments]
    return subprocess.call(command, cwd=HERE)


def install_by_uv(name: str) -> bool:
    try:
        get_uv()
    except Failed:
        return False
    target = ["--quiet", "--python", str(PYTHON), "--require-hashes"]
    command = [str(UV), "pip", "install", *target, "-r", f"requirements/{name}.lock"]
    return subprocess.call(command, cwd=HERE, env=uv_environment()) == 0


def get_uv() -> None:
    """Install uv itself, by the hashes of its block in the dev lock."""
    if UV.exists():
        return
    text = (HERE / "requirements/dev.lock").read_text()
    block = re.search(r"^uv==.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    if block is None:
        raise Failed("requirements/dev.lock does not name uv")
    with tempfile.TemporaryDirectory() as folder:
        only = Path(folder, "uv.lock")
        only.write_text(block.group())
        if pip("install", "--require-hashes", "-r", str(only)) != 0:
            raise Failed("uv could not be installed")


def uv_environment() -> dict[str, str]:
    """Hand on where this machine's pip finds packages: uv does not read pip's settings."""
    listed = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    found = dict(re.findall(r"^\S*\.([a-z-]+)=('.*'|\".*\")$", listed.stdout, re.MULTILINE))
    handed_on = {"UV_PYTHON_DOWNLOADS": "never"}
    for name, variable in {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}.items():
        if name in found:
            handed_on[variable] = str(ast.literal_eval(found[name]))
    return {**handed_on, **os.environ}


# --- what is not Python -----------------------------------------------------------------------


def set_up_browser() -> None:
    """Find a Chromium that starts; else get Debian's, else Playwright's own."""
    if browser_starts():
        return
    if may_apt():
        apt_install("a browser for tests", BROWSER_PACKAGES)
    else:
        print("→ playwright install chromium", flush=True)
        quiet([str(PYTHON), "-m", "playwright", "install", "chromium"], show=False)
    if not browser_starts():
        advise("a browser for tests", BROWSER_PACKAGES)


def browser_starts() -> bool:
    return quiet([str(PYTHON), "-m", "tests.browsers"], show=False)


def window_loads() -> bool:
    return quiet([str(PYTHON), "-c", WINDOW_LOADS], show=False)


def provide(what: str, present: Callable[[], bool], packages: list[str]) -> None:
    """Install Debian packages for what is not there; only tell how where we may not."""
    if present():
        return
    if not may_apt() or not apt_install(what, packages) or not present():
        advise(what, packages)


def advise(what: str, packages: list[str]) -> None:
    print(f"tasks.py: {what} is missing; what needs it cannot run.", file=sys.stderr)
    if sys.platform == "linux":
        print(f"  sudo apt-get install {' '.join(packages)}", file=sys.stderr)


def may_apt() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def apt_install(what: str, packages: list[str]) -> bool:
    print(f"→ {what}: apt-get install {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patient = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    quiet([*patient, "update"], environment)
    return quiet([*patient, "install", "-y", "--no-install-recommends", *packages], environment)


def quiet(
    command: list[str], environment: dict[str, str] | None = None, *, show: bool = True
) -> bool:
    """True if it worked; else its output is shown."""
    done = subprocess.run(
        command,
        cwd=HERE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0 and show:
        print(done.stdout, file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
