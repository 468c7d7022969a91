"""Opens the account of a new exchange: money, a few shares, and who may refuse its orders."""

from fractions import Fraction
from typing import Final

from data.simulator.accounts.account import Account
from data.simulator.accounts.holdings import Holding
from data.simulator.accounts.orders import Ask
from data.simulator.accounts.rms import Refusal
from data.simulator.accounts.trading import Trading
from data.simulator.faults import FaultKind, Faults
from data.simulator.market import Market

SHARES: Final = {"NSE_EQ|INE062A01020": (40, 78_000), "NSE_EQ|INE002A01018": (50, 118_000)}
"""Held from the start: units and what they cost, in paise."""


def open_trading(market: Market, now: int, faults: Faults, *, cash: int, first: int) -> Trading:
    def told_to_reject(ask: Ask) -> Refusal | None:
        if not faults.take(FaultKind.REJECT_ORDERS, ask.contract.key):
            return None
        return Refusal(
            "Order rejected by the risk management system.",
            "RMS:Blocked for all scripts, fault switched on",
        )

    account = Account(
        market,
        cash=cash,
        shares=[
            Holding(market.share(key), units, 0, Fraction(paise))
            for key, (units, paise) in SHARES.items()
        ],
        first=first,
        vetoes=[told_to_reject],
    )
    return Trading(market, account, now)
