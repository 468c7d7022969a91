"""The desk as a process: it refuses what cannot work, ends in time, and remembers."""

import os
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.desk import PROJECT, Desk, clean_environment
from tests.e2e.screens import DESKTOP, cells_in_view, open_chain, quiet_page
from tests.e2e.test_chain import choose_column
from tests.network import take_port

ENDS_WITHIN = 5.0


def outcome(*words: str, cwd: Path = PROJECT, **environment: str) -> tuple[int, str]:
    """The exit status of a command, and all that it said."""
    done = subprocess.run(
        [sys.executable, str(PROJECT / "main.py"), *words],
        cwd=cwd,
        env=clean_environment(**environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stdout, done.stdout
    return done.returncode, done.stdout


def answers(url: str) -> bool:
    try:
        httpx.get(url, trust_env=False, timeout=2)
    except httpx.HTTPError:
        return False
    return True


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_what_the_user_chose_outlives_the_desk_and_nothing_else_does(
    new_desk: Desk, browser: Browser
) -> None:
    new_desk.start()
    async with quiet_page(browser, new_desk.url, **DESKTOP) as page:
        await open_chain(page)
        await choose_column(page, "vega")
        await expect(page.locator('td[data-testid$="-CE-vega"]').first).to_be_visible()
        await page.wait_for_timeout(300)
    exchange = new_desk.exchange_url
    assert answers(exchange)
    assert new_desk.interrupt() < ENDS_WITHIN
    assert new_desk.process is not None
    assert new_desk.process.returncode == 0, new_desk.said()
    assert "Traceback" not in new_desk.said()
    assert not answers(exchange), "the exchange outlived its desk"
    new_desk.start()
    async with quiet_page(browser, new_desk.url, **DESKTOP) as page:
        await open_chain(page)
        assert "vega" in {cell.field for cell in await cells_in_view(page)}


def test_a_desk_that_still_starts_ends_too_while_a_page_waits_for_it(new_desk: Desk) -> None:
    new_desk.spawn()
    new_desk.wait_for("/healthz", 60)
    with ThreadPoolExecutor() as beside:
        page = beside.submit(httpx.get, new_desk.url + "/", timeout=60, trust_env=False)
        time.sleep(0.1)  # for the request to be held
        assert new_desk.interrupt() < ENDS_WITHIN
        assert page.result().status_code in (200, 503)
    assert new_desk.process is not None
    assert new_desk.process.returncode == 0, new_desk.said()


def test_the_exchange_ends_with_a_desk_that_is_killed(new_desk: Desk) -> None:
    new_desk.start()
    exchange = new_desk.exchange_url
    assert new_desk.process is not None
    new_desk.process.kill()
    new_desk.process.wait(5)
    end = time.monotonic() + 5
    while answers(exchange):
        assert time.monotonic() < end, "the exchange outlived its desk"
        time.sleep(0.1)


def test_a_second_desk_on_the_same_home_is_refused(desk: Desk) -> None:
    status, said = outcome("run", "--no-show", "--port", str(take_port()), "--home", str(desk.home))
    assert status == 1
    assert str(desk.home) in said
    assert answers(desk.url + "/readyz"), "the first one goes on"


def test_a_port_in_use_is_refused_with_a_way_out(desk: Desk, tmp_path: Path) -> None:
    status, said = outcome("run", "--no-show", "--port", str(desk.port), "--home", str(tmp_path))
    assert status == 1
    assert str(desk.port) in said
    assert "--port" in said
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        assert outcome("run", "--no-show", "--port", taken, "--home", str(tmp_path))[0] == 1


def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    home = str(tmp_path / "file" / "home")
    status, said = outcome("run", "--no-show", "--port", str(take_port()), "--home", home)
    assert status in (1, 2)
    assert home in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRIKEDESK_PROT", "9000"),
        ("STRIKEDESK_PORT", "many"),
        ("STRIKEDESK_MODE", "casino"),
        ("STRIKEDESK_DATABASE_URL", "mysql://somewhere"),
        ("STRIKEDESK_HOST", "0.0.0.0"),
        ("STRIKEDESK_MODE", "live"),
        ("STRIKEDESK_RATE", "17"),
    ],
)
def test_an_absurd_setting_stops_the_start_with_its_name_on_one_screen(
    tmp_path: Path, name: str, value: str
) -> None:
    words = ["run", "--no-show", "--home", str(tmp_path / "home")]
    status, said = outcome(*words, cwd=tmp_path, **{name: value})
    assert status == 2
    said_of = "STRIKEDESK_PASSWORD" if name == "STRIKEDESK_HOST" else name
    said_of = "STRIKEDESK_LIVE_ORDERS" if value == "live" else said_of
    assert said_of in said
    assert len(said.splitlines()) < 24


def test_an_unknown_name_in_the_file_stops_the_start_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STRIKEDESK_HOEM=/somewhere\n")
    status, said = outcome("run", "--no-show", "--home", str(tmp_path / "home"), cwd=tmp_path)
    assert status == 2
    assert "STRIKEDESK_HOEM" in said
    assert "STRIKEDESK_HOME" in said, "it should say what was probably meant"


def test_a_secret_is_not_shown_when_its_setting_is_wrong(tmp_path: Path) -> None:
    _, said = outcome(
        *["run", "--no-show", "--home", str(tmp_path / "home")],
        STRIKEDESK_UPSTOX__API_SECRET="hush-hush",
        STRIKEDESK_PORT="0",
    )
    assert "STRIKEDESK_PORT" in said
    assert "hush-hush" not in said


def test_the_version_and_the_help_are_there() -> None:
    status, said = outcome("--version")
    assert status == 0
    assert re.search(r"\d+\.\d+", said)
    status, said = outcome("--help")
    assert status == 0
    for command in ("run", "simulator", "db", "doctor"):
        assert command in said


def test_a_replay_of_a_day_that_nobody_recorded_says_so(tmp_path: Path) -> None:
    home = ("--no-show", "--home", str(tmp_path / "home"), "--port", str(take_port()))
    status, said = outcome("replay", "2026-01-02", *home)
    assert status == 1, said
    assert "Nothing was recorded of Fri 02 Jan 2026" in said
    assert outcome("replay", "yesterday")[0] == 2


def test_a_backtest_of_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    status, said = outcome("backtest", "run", "mine.py", "--home", str(tmp_path / "home"))
    assert status == 1
    assert "mine.py is neither a job" in said
    assert outcome("backtest", "fly")[0] == 2


def test_wrong_usage_has_a_status_of_its_own() -> None:
    assert outcome("fly")[0] == 2
    assert outcome("db")[0] == 2


def test_the_doctor_finds_a_fresh_home_healthy(tmp_path: Path) -> None:
    status, said = outcome("doctor", "--home", str(tmp_path / "home"))
    assert status == 0, said
    for name in ("python", "database", "browser", "broker", "clock", "disk"):
        assert name in said


def test_the_desk_listens_on_this_machine_only(desk: Desk) -> None:
    for address in outward_addresses():
        with socket.socket() as caller:
            caller.settimeout(1)
            assert caller.connect_ex((address, desk.port)) != 0, address


def outward_addresses() -> list[str]:
    """Addresses of this machine that others can reach; none where it has no network."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return []
    return sorted({str(a[4][0]) for a in found if not str(a[4][0]).startswith("127.")})


@pytest.mark.skipif(os.name == "nt", reason="other file rights")
def test_secrets_are_for_their_owner_only(desk: Desk) -> None:
    for file in (desk.home / "secrets").glob("*"):
        assert file.stat().st_mode & 0o077 == 0, file
