"""The exchange as a program of its own."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from data.simulator.serve import FASTEST_FRAME_MS, FRAME_MS, Parent, frame_length, serve
from tests.exchange import start_exchange

PROJECT = Path(__file__).resolve().parents[3]
PROGRAM = "import sys; from data.simulator.serve import serve; sys.exit(serve(%s))"


def started(arguments: str = "port=0, underlyings=['NIFTY']") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM % arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_says_in_one_line_where_it_listens_and_ends_in_peace_when_told(sign: int) -> None:
    program = started()
    assert program.stdout is not None
    line = program.stdout.readline()
    assert line.startswith("simulator ready http://127.0.0.1:")
    assert httpx.get(line.split()[-1] + "/sim/clock").json()["clock"] == "open"
    told = time.monotonic()
    program.send_signal(sign)
    rest, errors = program.communicate(timeout=10)
    assert time.monotonic() - told < 5
    assert (program.returncode, rest, errors) == (0, "", "")


def test_a_port_in_use_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert serve(port=port) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"cannot listen on 127.0.0.1:{port}" in said.err
    assert "--port" in said.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX processes")
def test_it_ends_with_its_parent() -> None:
    inner = PROGRAM % "port=0, underlyings=['NIFTY'], parent_pid=os.getppid()"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            f"subprocess.Popen([sys.executable, '-c', 'import os; ' + {inner!r}])\n"
            "time.sleep(60)",
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    base = parent.stdout.readline().split()[-1]
    assert httpx.get(base + "/sim/clock").status_code == 200
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 6
    while answers(base):
        assert time.monotonic() < deadline, "the exchange outlived its parent"
        time.sleep(0.2)
    parent.stdout.close()


def answers(base: str) -> bool:
    try:
        return httpx.get(base + "/sim/clock", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def test_a_process_that_is_gone_is_seen_to_be() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert not Parent(child.pid).lives()


def test_two_programs_of_one_seed_list_the_same_instruments() -> None:
    files = []
    for _ in range(2):
        with start_exchange(seed=11, underlyings=["SENSEX"]) as base:
            answer = httpx.get(base + "/market-quote/instruments/exchange/complete.json.gz")
            files.append(answer.content)
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("ticks", "milliseconds"),
    [(None, FRAME_MS), (500, FRAME_MS), (1_500, FRAME_MS), (5_000, 30), (50_000, FASTEST_FRAME_MS)],
)
def test_frames_are_shorter_under_load(ticks: int | None, milliseconds: int) -> None:
    assert frame_length(ticks) == milliseconds
