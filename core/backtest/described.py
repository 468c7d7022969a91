"""What can be run: a ready strategy or an own file, as a form shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.backtest.run import Over
from core.strategies.strategy import Parameter, Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """`name` is how a plan names it. With a `problem` it cannot be run: the rest may be empty."""

    name: str
    title: str
    words: str = ""
    over: Over = Over.BARS
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    own: bool = False
    problem: str = ""


def described(name: str, kind: type[Strategy], *, own: bool = False) -> Described:
    return Described(
        name=name,
        title=kind.title or kind.__name__,
        words=kind.words,
        over=over_of(kind),
        parameters=dict(kind.parameters),
        own=own,
    )


def over_of(kind: type[Strategy]) -> Over:
    """One that hears of minutes looks at chains."""
    return Over.BARS if kind.on_minute is Strategy.on_minute else Over.CHAINS
