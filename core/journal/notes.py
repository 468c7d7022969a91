"""What a trader writes beside a trade: the setup, tags, words, and what was put at risk."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from core.errors import RuleBroken

LONGEST_NAME: Final = 60
LONGEST_NOTE: Final = 10_000
MOST_TAGS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeNote:
    """`risk` in rupees: what the trade would have lost at its stop; None where none was set."""

    trade: str
    setup: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    risk: Decimal | None = None
    edited_at: datetime | None = None

    @property
    def empty(self) -> bool:
        return not (self.setup or self.tags or self.note or self.risk is not None)


def setup_of(text: str) -> str:
    """A setup's name; raises RuleBroken for one that is too long."""
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME:
        raise RuleBroken(f"a setup's name has at most {LONGEST_NAME} letters")
    return name


def tags_of(text: str) -> tuple[str, ...]:
    """Tags between commas, each once; raises RuleBroken for too many or too long ones."""
    found = tuple(dict.fromkeys(" ".join(tag.split()) for tag in text.split(",") if tag.strip()))
    if len(found) > MOST_TAGS or any(len(tag) > LONGEST_NAME for tag in found):
        raise RuleBroken(f"at most {MOST_TAGS} tags of at most {LONGEST_NAME} letters")
    return found


def note_of(text: str) -> str:
    if len(text) > LONGEST_NOTE:
        raise RuleBroken(f"a note has at most {LONGEST_NOTE} letters")
    return text.strip()


def risk_of(text: str) -> Decimal | None:
    """Rupees as typed, commas allowed; None for nothing. Raises RuleBroken for what is no amount
    above 0."""
    bare = text.replace(",", "").replace("₹", "").strip()
    if not bare:
        return None
    try:
        amount = Decimal(bare)
    except ArithmeticError:
        amount = Decimal(0)
    if not amount.is_finite() or not 0 < amount < 10**12:
        raise RuleBroken(f"“{text[:20]}” is no amount of rupees at risk")
    return amount.quantize(Decimal("0.01"))
