"""Corporate actions of shares, and prices adjusted for them when they are read.

Stored prices stay as they were traded. Adjusted prices are those of before an ex-date divided by
how many shares of after it one share of before it became:

- Bonus a:b (a new shares for each b held): divided by (a + b) / b.
- Split from face value f to g: divided by f / g.
- Rights a:b at price p, with the last close c before the ex-date: divided by c over the theoretical
  ex-rights price (b·c + a·p) / (a + b).
- Dividend d per share: not adjusted for, unless asked for: then divided by c / (c - d), of the last
  close c before the ex-date.

Volume and open interest are multiplied by the same number, dividends apart. Bonus and split are
those of NSE's "Adjustments in case of Corporate Actions" for derivatives: (A+B)/B and A/B; the
ex-rights price and the proportional dividend are the usual conventions of adjusted prices.

Whether a broker's candles are adjusted already is not documented: `shown` tells it by the prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import log
from typing import Final

import numpy as np

from core.clock import IST
from core.errors import BadData
from core.instruments.candle import Candles


class ActionKind(StrEnum):
    DIVIDEND = "dividend"
    BONUS = "bonus"
    SPLIT = "split"
    RIGHTS = "rights"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateAction:
    """Of the share with that ISIN; who holds it before `ex_day` (IST) takes part.

    `amount` is the dividend, or the price of a right, in rupees per share. `ratio` reads as the
    exchange writes it: new:held of a bonus or rights, old:new face value of a split.
    """

    isin: str
    kind: ActionKind
    ex_day: date
    amount: Decimal | None = None
    ratio: tuple[Fraction, Fraction] | None = None
    details: str = ""

    @property
    def ratio_text(self) -> str:
        return ":".join(_plain(each) for each in self.ratio) if self.ratio else ""

    def multiple(self, close: float, *, dividends: bool = False) -> float:
        """What prices of before are divided by; `close` is the last one before the ex-date.

        1 where it changes nothing. Raises BadData where a number that it takes is missing.
        """
        match self.kind:
            case ActionKind.BONUS:
                new, held = self._ratio()
                return float((new + held) / held)
            case ActionKind.SPLIT:
                old, new = self._ratio()
                return float(old / new)
            case ActionKind.RIGHTS:
                a, b = (float(each) for each in self._ratio())
                return close * (a + b) / (b * close + a * self._amount())
            case ActionKind.DIVIDEND:
                if not dividends:
                    return 1.0
                if self._amount() >= close:
                    raise BadData(f"a dividend of {self.amount} on a share of {close:.2f}")
                return close / (close - self._amount())

    def _ratio(self) -> tuple[Fraction, Fraction]:
        if self.ratio is None:
            raise BadData(f"a {self.kind} of {self.ex_day} without its ratio")
        return self.ratio

    def _amount(self) -> float:
        if self.amount is None:
            raise BadData(f"{self.kind} of {self.ex_day} without an amount")
        return float(self.amount)


def parsed_ratio(text: str) -> tuple[Fraction, Fraction]:
    """Of "1:1", "3 : 5" or "2.5:1"; raises BadData for anything else, and for a zero."""
    try:
        left, right = (Fraction(part.strip()) for part in text.split(":"))
    except ValueError as problem:
        raise BadData(f"{text!r} is no ratio") from problem
    except ZeroDivisionError as problem:
        raise BadData(f"{text!r} is no ratio") from problem
    if left <= 0 or right <= 0:
        raise BadData(f"{text!r} is no ratio")
    return left, right


def adjusted(
    candles: Candles, actions: Sequence[CorporateAction], *, dividends: bool = False
) -> Candles:
    """Prices as if all shares had always been those of after the last action; 0 bars: none.

    Actions without a bar before them change nothing. Prices are not rounded, volumes are.
    """
    if not len(candles):
        return candles
    price, volume = np.ones(len(candles)), np.ones(len(candles))
    for each in actions:
        before = int(np.searchsorted(candles.time, _begins(each.ex_day)))
        if before == 0:
            continue
        multiple = each.multiple(float(candles.close[before - 1]), dividends=dividends)
        price[:before] /= multiple
        if each.kind is not ActionKind.DIVIDEND:
            volume[:before] *= multiple
    if np.all(price == 1):
        return candles
    return Candles(
        time=candles.time,
        **{name: getattr(candles, name) * price for name in PRICES},
        **{name: np.rint(getattr(candles, name) * volume).astype(np.int64) for name in SIZES},
    )


def shown(candles: Candles, actions: Sequence[CorporateAction]) -> list[CorporateAction]:
    """Those of which the prices show the jump: others were adjusted for by whoever gave the bars.

    A jump counts when it is more than half of what the action makes (in logarithms). A dividend
    is lost in the day's noise, and always counts.
    """
    found = []
    for each in actions:
        before = int(np.searchsorted(candles.time, _begins(each.ex_day)))
        if not 0 < before < len(candles):
            continue
        close = float(candles.close[before - 1])
        multiple = each.multiple(close)
        jump = log(close / float(candles.open[before]))
        if multiple == 1 or jump > log(multiple) / 2:
            found.append(each)
    return found


PRICES: Final = ("open", "high", "low", "close")
SIZES: Final = ("volume", "open_interest")


def _begins(day: date) -> float:
    return datetime.combine(day, time(), IST).timestamp()


def _plain(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"
