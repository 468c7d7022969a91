"""The story of an order as a time-line: moments, ages between them, words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.clock import IST
from core.services.order_story import Step, Story, Teller
from core.trading.journal import Kind
from ui.theme import formats

KINDS: Final = {
    Kind.INTENT: "Intent",
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


SILENT: Final = frozenset({"key", "status", "passed", "side", "source", "flatten"})
"""Facts that every step of one order would repeat."""


def moment(step: Step) -> str:
    """`09:15:04.123` in IST; whole seconds where no more is known."""
    text = step.at.astimezone(IST).strftime("%H:%M:%S.%f")
    return text[:-3] if step.exact else text[:-7]


def ages(steps: Sequence[Step]) -> list[str]:
    """How long after the last exact one; empty where that is not known."""
    told: list[str] = []
    last: datetime | None = None
    for step in steps:
        told.append(_age((step.at - last).total_seconds()) if last and step.exact else "")
        last = step.at if step.exact else last
    return told


def _age(seconds: float) -> str:
    return f"+{seconds * 1000:.0f} ms" if seconds < 1 else f"+{formats.age(seconds)}"


def facts(step: Step) -> str:
    shown = ((name.replace("_", " "), text) for name, text in step.facts if name not in SILENT)
    return " · ".join(f"{name} {text}" for name, text in shown if text.strip("0."))


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
