"""The other end: one piece of work is read, done, and answered; it dies with who asked."""

import contextlib
import os
import pickle
import signal
import struct
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, BinaryIO, Final

from core.errors import AppError, RuleBroken
from core.strategies import failures

HEAD: Final = struct.Struct("<Q")
TOLD, DONE, FAILED = "told", "done", "failed"
HERE: Final = Path(__file__).resolve().parents[2]
POLITE: Final = 10
"""How much less of a processor this asks for than the desk does."""


def main() -> None:
    """Speaks over standard input and output; what the work prints goes to the errors."""
    asked = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if hasattr(os, "nice"):
        os.nice(POLITE)
    work, given, seconds = pickle.loads(_frame(asked))
    threading.Thread(target=_die_with, args=(asked,), daemon=True).start()
    lock = threading.Lock()
    main_thread = threading.get_ident()

    def give_up() -> None:
        time.sleep(seconds)
        late = RuleBroken(late_words(seconds, _place(main_thread)))
        with lock:
            _send(answers, (FAILED, late))

    threading.Thread(target=give_up, daemon=True).start()

    def tell(share: float, words: str = "") -> None:
        with lock:
            _send(answers, (TOLD, (share, words)))

    answer = _answer(work, given, tell)
    with lock:
        _send(answers, answer)
    sys.stderr.flush()
    os._exit(0)  # threads of the work are not waited for


def late_words(seconds: float, place: str = "") -> str:
    at = f" It was at {place}." if place else ""
    return (
        f"It took more than {seconds:g} seconds and was ended.{at} A shorter span, a longer bar or"
        " fewer combinations take less; a strategy that waits or loops never ends."
    )


def _place(thread: int) -> str:
    """The innermost line of the user's own code, or of a ready strategy; empty for neither."""
    frames = traceback.extract_stack(sys._current_frames()[thread])
    for told in (_is_own, _is_ready):
        for frame in reversed(frames):
            if told(Path(frame.filename)):
                return failures.place(frame.filename, frame.lineno or 0, frame.name)
    return ""


def _is_own(file: Path) -> bool:
    ours = (HERE, *(Path(each) for each in (sys.prefix, sys.base_prefix)))
    return file.is_file() and not any(file.is_relative_to(each) for each in ours)


def _is_ready(file: Path) -> bool:
    return file.is_relative_to(HERE / "core" / "strategies")


def _answer(work: Any, given: Any, tell: Any) -> tuple[str, Any]:
    try:
        answer = DONE, work(*given, tell)
        pickle.dumps(answer)
    except AppError as problem:
        return FAILED, problem
    except BaseException as problem:  # noqa: BLE001 - the work is anybody's, and may raise anything
        traceback.print_exc()
        return FAILED, RuleBroken(f"{type(problem).__name__}: {problem}")
    return answer


def _send(to: BinaryIO, told: tuple[str, Any]) -> None:
    body = pickle.dumps(told, pickle.HIGHEST_PROTOCOL)
    to.write(HEAD.pack(len(body)) + body)
    to.flush()


def _frame(source: BinaryIO) -> bytes:
    (size,) = HEAD.unpack(source.read(HEAD.size))
    return source.read(size)


def _die_with(source: BinaryIO) -> None:
    """The line is held open until the answer was taken: its end is the asker's end."""
    with contextlib.suppress(OSError):
        source.read()
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)  # processes that the work has started, too
    os._exit(1)
