"""Colours that Python has to know; the rest are tokens in `assets/css/tokens.css`."""

from typing import Final

from core.settings import Mode

QUASAR: Final = {
    "primary": "#4c9aff",
    "secondary": "#131924",
    "accent": "#4c9aff",
    "positive": "#2ebd85",
    "negative": "#f6465d",
    "info": "#4c9aff",
    "warning": "#f0b90b",
    "dark": "#0d1117",
    "dark_page": "#07090d",
}

MODE_WORDS: Final = {
    Mode.SIMULATED: "prices and clock from the built-in exchange, no real money",
    Mode.PAPER: "real prices, orders to the paper account",
    Mode.LIVE: "real prices, REAL MONEY",
    Mode.REPLAY: "a recorded day, orders to the paper account",
    Mode.READONLY: "real prices, no orders",
}


def tone(value: float | None) -> str:
    """The CSS class of a change; the sign is always written too."""
    if value is None or value != value or value == 0:
        return ""
    return "up" if value > 0 else "down"
