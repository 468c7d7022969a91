"""How numbers and times are written: Indian grouping, lakh and crore, IST; an unknown is a dash."""

from datetime import date, datetime
from math import isfinite
from typing import Final

from core.clock import IST

DASH: Final = "–"
LAKH: Final = 1e5
CRORE: Final = 1e7


def grouped(digits: str) -> str:
    """`1234567` → `12,34,567`: the last three, then pairs."""
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)]
    return ",".join([*reversed(pairs), tail])


def price(value: float | None, digits: int = 2) -> str:
    """Rupees or index points: `24,200.05`."""
    if value is None or not isfinite(value):
        return DASH
    whole, _, fraction = f"{abs(value):.{digits}f}".partition(".")
    text = grouped(whole) + (f".{fraction}" if fraction else "")
    return f"-{text}" if value < 0 and text.strip("0.,") else text


def signed(value: float | None, digits: int = 2) -> str:
    """A change, with its sign: `+12.30`."""
    text = price(value, digits)
    return f"+{text}" if value is not None and isfinite(value) and value > 0 else text


def percent(fraction: float | None, digits: int = 2) -> str:
    """A fraction as per cent: 0.1176 → `11.76%`."""
    text = price(None if fraction is None else fraction * 100, digits)
    return text if text == DASH else f"{text}%"


def signed_percent(fraction: float | None, digits: int = 2) -> str:
    text = signed(None if fraction is None else fraction * 100, digits)
    return text if text == DASH else f"{text}%"


def quantity(value: float | None) -> str:
    """Units, whole: `12,34,567`."""
    return price(value, 0)


def lakh(value: float | None) -> str:
    """Large quantities, short: `45,300`, `12.34L`, `1.23Cr`."""
    if value is None or not isfinite(value):
        return DASH
    size = abs(value)
    if round(size) < LAKH:
        return quantity(value)
    unit, name = (LAKH, "L") if round(size / LAKH, 2) < CRORE / LAKH else (CRORE, "Cr")
    return f"{price(value / unit)}{name}"


def rupees(value: float | None, digits: int = 2) -> str:
    text = price(value, digits)
    return text if text == DASH else f"₹{text}"


def clock_time(at: datetime | None) -> str:
    """`09:15:04`, in IST."""
    return DASH if at is None else at.astimezone(IST).strftime("%H:%M:%S")


def ist(at: datetime | None) -> str:
    """`26 Nov 2026 09:15:04 IST`."""
    return DASH if at is None else at.astimezone(IST).strftime("%d %b %Y %H:%M:%S IST")


def day(value: date | None) -> str:
    """`Thu 26 Nov 2026`."""
    return DASH if value is None else value.strftime("%a %d %b %Y")


def short_day(value: date | None) -> str:
    """`26 Nov`."""
    return DASH if value is None else value.strftime("%d %b")


def age(seconds: float | None) -> str:
    """How old: `0.2 s`, `12 s`, `3 m`, `2 h`, `5 d`."""
    if seconds is None or not isfinite(seconds):
        return DASH
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} m"
    return f"{seconds // 3600:.0f} h" if seconds < 86_400 else f"{seconds // 86_400:.0f} d"


def duration(seconds: float | None) -> str:
    """How long: `45 s`, `12 m`, `2 h 10 m`, `3 d 4 h`."""
    if seconds is None or not isfinite(seconds):
        return DASH
    minutes, left = divmod(max(0, int(seconds)), 60)
    if not minutes:
        return f"{left} s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} m"
    days, hours_left = divmod(hours, 24)
    return f"{days} d {hours_left} h" if days else f"{hours} h {minutes} m"
