"""The README tells the truth: what it names is there, and what is there is named."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import names

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_named() -> None:
    assert sorted(set(re.findall(r"STRIKEDESK_[A-Z_]+", README))) == sorted(names())


def named_files() -> list[str]:
    return sorted(set(re.findall(r"`((?:core|data|ui|tests)/[\w/.]+)`", README)))


@pytest.mark.parametrize("name", named_files())
def test_every_file_that_is_named_is_there(name: str) -> None:
    assert (PROJECT / name).exists()


@pytest.mark.parametrize(
    "command",
    ["run", "replay", "simulator", "db upgrade", "db backup", "db restore", "db copy", "doctor"],
)
def test_every_command_that_is_named_is_known_and_its_options_too(command: str) -> None:
    asked = [sys.executable, "main.py", *command.split(), "--help"]
    done = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    row = next(line for line in README.splitlines() if f"`{command}" in line and "|" in line)
    for option in re.findall(r"--[a-z-]+", row):
        assert option in done.stdout


@pytest.mark.parametrize("command", ["run", "test", "bench", "lint", "lock"])
def test_every_task_is_named(command: str) -> None:
    assert f"tasks.py {command}" in README
