"""How much of a premium's day is known, in one line."""

from collections.abc import Mapping
from typing import Final

from ui.components.premium_source import PremiumSource

FEW: Final = 15
"""With fewer recorded minutes than this the line says how there will be more."""


def words_of(source: PremiumSource, problem: str, standing: Mapping[str, object]) -> str:
    """How much is known of the day, and what stands behind it."""
    recorded, traded = source.recorded, source.filled.traded
    minutes = "minute" if recorded == 1 else "minutes"
    said = [problem] if problem else []
    said.append(f"{recorded} {minutes} recorded (middle of the quotes at each minute's end)")
    if traded:
        said.append(f"{traded} from trades (shaded: last prices, no quotes)")
    said += source.filled.said
    if recorded < FEW:
        said.append("The chart grows by the minute while it is open")
        names = ", ".join(f"{name} {count}" for name, count in standing.items())
        said.append(f"Standing chains, by expiries: {names}")
    return " · ".join(said)
