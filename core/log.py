"""Logging: structlog over stdlib, to rotated files in home and to a ring for the in-app console."""

import logging
import logging.handlers
import re
from collections import deque
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

RING: Final = 1_000
FILE_BYTES: Final = 5_000_000
FILES: Final = 5
SECRET_NAMES: Final = re.compile(
    r"token|secret|password|authorization|api_key|^code$", re.IGNORECASE
)
SECRET_TEXT: Final = re.compile(
    r"(Bearer\s+"
    r"|(?:access_token|client_secret|code|token)="
    r"|(?:access_token|client_secret|password)[\"']?:\s*[\"']"
    r"|://[^\s:@/]+:(?=[^\s@/]+@))"  # a password inside an address
    r"[^\s&\"'@]+"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]+",  # a token as such, wherever it stands
    re.IGNORECASE,
)
HIDDEN: Final = "•••"


@dataclass(frozen=True, slots=True)
class LogLine:
    number: int
    at: datetime
    level: str
    source: str
    text: str


class Ring(logging.Handler):
    """The last lines, in memory, for the console of the health page."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[LogLine] = deque(maxlen=RING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        at = datetime.fromtimestamp(record.created, UTC)
        self._lines.append(
            LogLine(self.count, at, record.levelname.lower(), record.name, self.format(record))
        )

    def since(self, number: int) -> list[LogLine]:
        return [line for line in self._lines if line.number > number]


ring: Final = Ring()


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: hide values of secret-sounding fields and tokens inside text."""
    for name, value in event.items():
        if name != "event" and SECRET_NAMES.search(name) and isinstance(value, str) and value:
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = redact_text(value)
    return event


def redact_text(text: str) -> str:
    return SECRET_TEXT.sub(lambda found: f"{found[1] or ''}{HIDDEN}", text)


def brief(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
    """structlog renderer of the in-app console, which shows time and level beside the text."""
    said = [str(event.get("event", ""))]
    said += [f"{k}={v}" for k, v in event.items() if k not in ("event", "at", "level", "exception")]
    return "\n".join([" ".join(said), *([event["exception"]] if "exception" in event else [])])


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact_text(super().format(record))


def configure(folder: Path | None, *, level: int = logging.INFO, console: bool = True) -> None:
    """Set up logging once per process; `folder` None keeps it off disk."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    plain = structlog.processors.KeyValueRenderer(
        key_order=["at", "level", "event"], drop_missing=True
    )
    colourless = structlog.dev.ConsoleRenderer(  # writes exceptions itself; plainly, since the
        colors=False,
        exception_formatter=structlog.dev.plain_traceback,  # other shows secrets
    )
    handlers: list[tuple[logging.Handler, Any]] = [(ring, brief)]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / "strikedesk.log", maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8"
        )
        handlers.append((file, plain))
    if console:
        handlers.append((logging.StreamHandler(), colourless))
    root = logging.getLogger()
    root.handlers.clear()
    root.setLevel(level)
    for handler, renderer in handlers:
        handler.setFormatter(
            _RedactingFormatter(
                foreign_pre_chain=shared,
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *([] if renderer is colourless else [structlog.processors.format_exc_info]),
                    renderer,
                ],
            )
        )
        root.addHandler(handler)
    for noisy in (
        "httpx",
        "httpcore",
        "websockets",
        "apscheduler",
        "alembic",
        "uvicorn.access",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
