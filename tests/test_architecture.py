"""The house rules that a machine can hold: who imports whom, what loads, what is banned."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import clean_environment

PROJECT = Path(__file__).resolve().parents[1]

ROOMS = {"core": {"core"}, "ui": {"ui", "core"}, "data": {"data", "core"}}
FLOORS = ["ports", "state", "services", "jobs", "desk_parts.py", "desk_downloads.py", "desk.py"]
"""Of core; what stands further right may import what is to its left."""
SQL = {"sqlmodel", "sqlalchemy", "alembic", "psycopg", "psycopg_pool", "sqlite3"}
SIMULATOR = "data/simulator"
HEAVY = {"pandas", "plotly", "scipy", "numba"}

BANNED_IN_UI = {
    r"sanitize\s*=\s*False": "unsanitised HTML",
    r"notify\([^)]*html\s*=\s*True": "HTML in a notification",
    r"\bv-html\b": "HTML in a slot",
    r"\bhtml_columns\b": "HTML in a grid",
    r"options-html": "HTML in a select",
    r"(run_javascript|add_(head|body)_html|add_css)\(\s*[rR]?[fF]": "text pasted into a page",
    r"(run_javascript|add_(head|body)_html)\([^)\n]*(%|\.format\()": "text pasted into a page",
}
HOSTS = "py" + "pi|python" + "hosted|npm" + "js|debian"
BANNED_ANYWHERE = {
    rf"://[^\s\"')]*(?:{HOSTS})[^\s\"')]*": "a registry's host",
    r"(?<![\w.~])/(?:wo" + r"rk|fa" + r"rm|ro" + r"ot)/\w+": "a path of one machine",
}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((PROJECT / folder).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def complaint(path: Path, target: str) -> str | None:
    """Why `path` may not import `target`; None if it may."""
    here, parts = name_of(path), target.split(".")
    room = here.split("/")[0]
    if parts[0] in {"core", "ui", "data", "main", "tests"} - ROOMS[room]:
        return f"{room} may not import {parts[0]}"
    if parts[0] == "nicegui" and room != "ui":
        return "nicegui lives in ui and main.py only"
    if parts[0] in SQL and room != "data":
        return "SQL lives in data only"
    if target.startswith("data.") and here.startswith("data/"):
        outside = not here.startswith(SIMULATOR + "/")
        if target.startswith("data.simulator") == outside:
            return "the exchange and the desk do not know each other's code"
    if room == "core" and parts[0] == "core":
        return floor_complaint(here, parts)
    return None


def floor_complaint(here: str, parts: list[str]) -> str | None:
    """core: topics ← ports ← state ← services ← jobs."""
    mine, theirs = floor(here.split("/")[1]), floor(parts[1] if len(parts) > 1 else "")
    return "in core, only what stands further right may import this" if theirs > mine else None


def floor(folder: str) -> int:
    return FLOORS.index(folder) if folder in FLOORS else -1


def test_every_import_follows_the_rule() -> None:
    problems = [
        f"{name_of(path)} imports {target}: {why}"
        for path in sources(*ROOMS)
        for target in imports(path)
        if (why := complaint(path, target))
    ]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("where", "target"),
    [
        ("core/clock.py", "data.db.database"),
        ("core/clock.py", "nicegui.ui"),
        ("core/clock.py", "sqlmodel.Field"),
        ("core/clock.py", "core.state.market"),
        ("core/ports/feed.py", "core.services.Services"),
        ("core/state/market.py", "core.jobs.table"),
        ("ui/shell.py", "data.brokers"),
        ("ui/shell.py", "main"),
        ("data/doctor.py", "ui.shell"),
        ("data/doctor.py", "data.simulator.market"),
        ("data/simulator/app.py", "data.brokers.upstox"),
    ],
)
def test_the_rule_would_notice(where: str, target: str) -> None:
    assert complaint(PROJECT / where, target)


def test_the_topics_of_core_form_no_ring() -> None:
    uses: dict[str, set[str]] = {}
    for path in sources("core"):
        topic = topic_of(name_of(path).split("/")[1])
        mine = uses.setdefault(topic, set())
        for target in imports(path):
            if target.startswith("core."):
                mine.add(topic_of(target.split(".")[1]))
        mine.discard(topic)
    ring = first_ring(uses)
    assert ring is None, " → ".join(ring or [])


def topic_of(name: str) -> str:
    return name.removesuffix(".py")


def first_ring(uses: dict[str, set[str]]) -> list[str] | None:
    def walk(at: str, path: list[str]) -> list[str] | None:
        if at in path:
            return [*path[path.index(at) :], at]
        if at in done:
            return None
        done.add(at)
        found = (walk(to, [*path, at]) for to in sorted(uses.get(at, ())))
        return next((ring for ring in found if ring), None)

    done: set[str] = set()
    return next((ring for start in sorted(uses) if (ring := walk(start, []))), None)


def test_a_ring_would_be_found() -> None:
    assert first_ring({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert first_ring({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_starting_loads_no_heavy_library() -> None:
    code = f"import sys, main; print(*sorted({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def heavy_imports(path: Path) -> list[str]:
    """Heavy libraries that a module imports as soon as it is imported itself."""
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [name for name in names if name.split(".")[0] in HEAVY]
    return found


def test_no_module_loads_a_heavy_library_before_it_is_needed() -> None:
    problems = {name_of(path): heavy for path in sources(*ROOMS) if (heavy := heavy_imports(path))}
    assert problems == {}


def test_no_page_takes_markup_or_code_from_text() -> None:
    files = [*sources("ui"), *sorted((PROJECT / "ui").rglob("*.js")), PROJECT / "main.py"]
    assert matches(files, BANNED_IN_UI) == []


@pytest.mark.parametrize(
    "bad",
    [
        "ui.html(news, sanitize=False)",
        "ui.notify(text, html=True)",
        'ui.run_javascript(f"show({name})")',
        'ui.add_head_html(f"<title>{name}</title>")',
        "ui.run_javascript('show(%s)' % name)",
        '<div v-html="news">',
        ".props('options-html')",
    ],
)
def test_the_ban_would_notice(bad: str) -> None:
    assert any(re.search(pattern, bad) for pattern in BANNED_IN_UI)


def test_no_file_names_a_registry_or_one_machine() -> None:
    assert matches(tracked(), BANNED_ANYWHERE) == []


def tracked() -> list[Path]:
    """Text files that git keeps; every file where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    names = [name for name in listed.stdout.split("\0") if name]
    if listed.returncode != 0 or not names:
        pytest.skip("this is no git checkout")
    found = [PROJECT / name for name in names]
    return [path for path in found if path.is_file() and b"\0" not in path.read_bytes()[:8000]]


def matches(files: list[Path], banned: dict[str, str]) -> list[str]:
    found = []
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern, why in banned.items():
            found += [f"{name_of(path)}: {why}: {m.group()}" for m in re.finditer(pattern, text)]
    return found
