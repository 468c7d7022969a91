import logging
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
import structlog

from core.log import FILE_BYTES, FILES, HIDDEN, RING, Ring, configure, redact, redact_text, ring


@pytest.fixture
def logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Path]:
    """Logging as the desk sets it up; put back afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configure(tmp_path)
    yield tmp_path
    for handler in root.handlers:
        if handler is not ring:
            handler.close()
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_in_the_file_and_in_the_console(logs: Path):
    before = ring.count
    structlog.get_logger("test.place").info("job.done", job="holidays", rows=7)
    assert "event='job.done'" in (logs / "strikedesk.log").read_text()
    (line,) = ring.since(before)
    assert line.level == "info"
    assert line.source == "test.place"
    assert line.text == "job.done job=holidays rows=7"
    assert line.at.tzinfo is not None


def test_an_exception_comes_with_its_traceback_but_not_with_the_values_in_it(
    logs: Path, capsys: pytest.CaptureFixture[str]
):
    before = ring.count
    try:
        hidden = "zzz" + "999"
        int(hidden[:0])
    except ValueError:
        structlog.get_logger("test").exception("job.failed")
    told = [(logs / "strikedesk.log").read_text(), ring.since(before)[0].text]
    told.append(capsys.readouterr().err)
    assert all("ValueError" in text and "test_log.py" in text for text in told)
    assert not [text for text in told if "zzz999" in text]


def test_lines_of_the_standard_library_come_too(logs: Path):
    before = ring.count
    logging.getLogger("other").warning("careful with %s", "this")
    (line,) = ring.since(before)
    assert "careful with this" in line.text


def test_secrets_reach_neither_file_nor_console(logs: Path):
    before = ring.count
    structlog.get_logger("test").warning(
        "http.answer", access_token="abc123", url="https://x/?code=zzz999&a=1"
    )
    logging.getLogger("other").warning("Authorization: Bearer qqq555")
    told = (logs / "strikedesk.log").read_text() + "".join(x.text for x in ring.since(before))
    assert not [secret for secret in ("abc123", "zzz999", "qqq555") if secret in told]
    assert HIDDEN in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("POST /x?code=zzz999&state=1", f"POST /x?code={HIDDEN}&state=1"),
        ('{"access_token": "zzz999", "rows": 3}', f'{{"access_token": "{HIDDEN}", "rows": 3}}'),
        ("{'client_secret':'zzz999'}", f"{{'client_secret':'{HIDDEN}'}}"),
        ("postgresql+psycopg://desk:zzz999@host/db", f"postgresql+psycopg://desk:{HIDDEN}@host/db"),
        ("refused eyJ0eXAi.eyJzdWIi.c2ln-_x today", f"refused {HIDDEN} today"),
        ("http://127.0.0.1:8080/@home", "http://127.0.0.1:8080/@home"),
        ("token at 03:30, code 5", "token at 03:30, code 5"),
    ],
)
def test_secrets_inside_a_text_are_hidden_and_nothing_else(text: str, told: str):
    assert redact_text(text) == told


def test_full_files_make_room_for_a_new_one_and_the_oldest_go(
    logs: Path, monkeypatch: pytest.MonkeyPatch
):
    (file,) = (h for h in logging.getLogger().handlers if isinstance(h, RotatingFileHandler))
    assert (file.maxBytes, file.backupCount) == (FILE_BYTES, FILES)
    monkeypatch.setattr(file, "maxBytes", 500)
    for number in range(50):
        logging.getLogger("other").warning("line %d %s", number, "x" * 100)
    kept = sorted(each.name for each in logs.iterdir())
    assert kept == ["strikedesk.log", *(f"strikedesk.log.{n + 1}" for n in range(FILES))]
    assert "line 49" in (logs / "strikedesk.log").read_text()
    assert "line 0 " not in "".join(each.read_text() for each in logs.iterdir())


def test_noisy_libraries_are_kept_quiet(logs: Path):
    before = ring.count
    logging.getLogger("httpx").info("GET /")
    assert ring.count == before


def test_the_ring_forgets_the_oldest_and_keeps_counting():
    lines = Ring()
    lines.setFormatter(logging.Formatter("%(message)s"))
    for number in range(RING + 5):
        lines.emit(logging.LogRecord("x", logging.INFO, "", 0, f"line {number}", None, None))
    kept = lines.since(0)
    assert (len(kept), kept[0].number, kept[-1].text) == (RING, 6, f"line {RING + 4}")
    assert [line.number for line in lines.since(RING + 3)] == [RING + 4, RING + 5]


def test_empty_secrets_and_other_values_stay_as_they_are():
    event = {"event": "x", "token": "", "rows": 3, "password": "p"}
    assert redact(None, "info", event) == {"event": "x", "token": "", "rows": 3, "password": HIDDEN}
    assert redact_text("nothing to hide") == "nothing to hide"
