"""What a file may be about, told by its name."""

import re
from typing import Final

KNOWN: Final = (
    ("vix", "India VIX"),
    ("banknifty", "BANKNIFTY"),
    ("nifty bank", "BANKNIFTY"),
    ("bank nifty", "BANKNIFTY"),
    ("finnifty", "FINNIFTY"),
    ("midcpnifty", "MIDCPNIFTY"),
    ("sensex", "SENSEX"),
    ("bankex", "BANKEX"),
    ("nifty", "NIFTY"),
)
WORD: Final = re.compile(r"[A-Za-z][A-Za-z&-]{1,19}")


def likely_names(file: str) -> list[str]:
    """Names of instruments, the likeliest first: `nifty_1m_2024.csv` is about NIFTY."""
    stem = file.partition(".")[0].replace("_", " ")
    flat = stem.casefold()
    known = [name for part, name in KNOWN if part in flat or part in flat.replace(" ", "")]
    words = [word.upper() for word in WORD.findall(stem)]
    return list(dict.fromkeys([*known[:1], *words[:3]]))
