"""The story of an order as a time-line: moments, ages between them, words."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from core.clock import IST
from core.services.order_story import Step, Story, Teller
from core.trading.journal import Kind
from ui.theme import formats

KINDS: Final = {
    Kind.INTENT: "Wanted",
    Kind.DECISION: "Risk gate",
    Kind.SENDING: "Sent",
    Kind.REPLY: "Reply",
    Kind.UPDATE: "Heard",
    Kind.DIFFERENCE: "Difference",
    Kind.CONTROL: "Control",
    "state": "State",
    "fill": "Fill",
}
TELLERS: Final = {Teller.DESK: "desk", Teller.BROKER: "broker", Teller.EXCHANGE: "exchange"}


def moment(at: datetime) -> str:
    """`09:15:04.123`, in IST."""
    return at.astimezone(IST).strftime("%H:%M:%S.%f")[:-3]


def ages(steps: Sequence[Step]) -> list[str]:
    """How long after the one before; empty for the first."""
    told = [""]
    for before, now in pairwise(steps):
        seconds = (now.at - before.at).total_seconds()
        told.append(f"+{seconds * 1000:.0f} ms" if seconds < 1 else f"+{formats.age(seconds)}")
    return told[: len(steps)]


def facts(step: Step) -> str:
    return " · ".join(f"{name} {text}" for name, text in step.facts)


def as_text(heading: str, story: Story) -> str:
    """The whole time-line to be pasted somewhere, one step a line."""
    lines = [heading]
    for step, age in zip(story.steps, ages(story.steps), strict=True):
        parts = (
            step.at.astimezone(IST).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            age,
            TELLERS[step.teller],
            KINDS.get(step.kind, step.kind),
            step.text,
            facts(step),
            f"“{step.said}”" if step.said else "",
        )
        lines.append("  ".join(part for part in parts if part))
    return "\n".join([*lines, *([story.lacking] if story.lacking else [])])
