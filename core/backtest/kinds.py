"""Strategies by the names that plans use: ready ones, and those in files of the user's own."""

import hashlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from core.backtest.described import Described, described
from core.errors import RuleBroken
from core.strategies.failures import place
from core.strategies.ready.registry import READY
from core.strategies.strategy import Strategy

MODULE: Final = "own_strategy"


def ready() -> list[Described]:
    return [described(name, kind) for name, kind in READY.items()]


def ready_kind(name: str) -> type[Strategy]:
    if name not in READY:
        raise RuleBroken(f"There is no ready strategy {name}.")
    return READY[name]


def own_kind(path: str) -> type[Strategy]:
    """The strategy in a file: its code runs here, so only ever in a worker.

    Raises RuleBroken with the line for a file that cannot be loaded, or has none or several.
    """
    module = _loaded(Path(path))
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Strategy)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
    ]
    if len(found) != 1:
        names = ", ".join(each.__name__ for each in found) or "none"
        raise RuleBroken(
            f"{Path(path).name} has to hold one class that subclasses Strategy; it holds {names}."
        )
    return found[0]


def kind_of(name: str, path: str) -> type[Strategy]:
    """`path` of an own file; empty for a ready one."""
    return own_kind(path) if path else ready_kind(name)


def describe_file(name: str, path: str, tell: object = None) -> Described:
    """What is in an own file; raises RuleBroken as `own_kind` does."""
    return described(name, own_kind(path), own=True)


def code_hash(kind: type[Strategy]) -> str:
    """Of the sources that the class and what it stands on were written in: the same for the same
    text."""
    bases = [each for each in kind.__mro__ if issubclass(each, Strategy) and each is not Strategy]
    modules = [sys.modules[name] for name in dict.fromkeys(each.__module__ for each in bases)]
    source = "".join(inspect.getsource(module) for module in modules)
    return hashlib.blake2b(source.encode(), digest_size=16).hexdigest()


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(MODULE, path)
    if spec is None or spec.loader is None:
        raise RuleBroken(f"{path.name} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    if (folder := str(path.parent)) not in sys.path:
        sys.path.insert(0, folder)  # files beside it may be parts of it
    try:
        spec.loader.exec_module(module)
    except FileNotFoundError as problem:
        raise RuleBroken(f"{path.name} is not there any more.") from problem
    except SyntaxError as problem:
        raise RuleBroken(
            f"{path.name} line {problem.lineno}: {problem.msg}: {(problem.text or '').strip()}"
        ) from problem
    except Exception as problem:
        raise RuleBroken(
            f"{type(problem).__name__}: {problem}. {_where(problem, path)}"
        ) from problem
    return module


def _where(problem: BaseException, path: Path) -> str:
    trace = problem.__traceback__
    told = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == str(path):
            told = place(code.co_filename, trace.tb_lineno, code.co_name)
        trace = trace.tb_next
    return told
