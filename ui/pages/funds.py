"""Funds: money and margin, shares, what a trade costs and needs, the broker's own switch."""

from typing import Final

from nicegui import ui

from core.services import Services
from core.services.account_desk import AccountDesk
from core.services.trading import Trading
from ui.components.broker_safety import BrokerSegments, RegisteredList
from ui.components.charges_calculator import ChargesCalculator
from ui.components.funds_borrowed import BorrowedShares
from ui.components.funds_money import FundsMoney
from ui.components.margin_calculator import MarginCalculator
from ui.components.panel import panel
from ui.components.positions_holdings import HoldingsPanel

NO_ACCOUNT: Final = (
    "Who takes the orders here tells of no shares, no segments and no registered addresses."
)
NO_ORDERS: Final = "Orders are not wired in this mode: there is no account. The calculators work."


async def page(services: Services) -> None:
    trading = services.trading
    account = trading.account if trading else None
    with ui.element("div").classes("page page-funds"):
        with ui.element("div").classes("funds-stack"):
            _money(services, trading)
            with panel("Charges of a trade"):
                ChargesCalculator(services)
        with ui.element("div").classes("funds-stack"):
            if trading is not None:
                _shares(services, account)
            with panel("Margin of legs together"):
                MarginCalculator(services)
            if trading is not None and trading.paper is None and account is not None:
                with panel("Addresses that orders may come from"):
                    RegisteredList(trading, account)
                with panel("The broker's own switch"):
                    BrokerSegments(services, account)


def _money(services: Services, trading: Trading | None) -> None:
    if trading is None:
        ui.label(NO_ORDERS).classes("callout").props('data-testid="funds-none"')
        return
    with panel("Funds and margin" if trading.paper is None else "Paper account"):
        FundsMoney(services, trading)


def _shares(services: Services, account: AccountDesk | None) -> None:
    with panel("Shares", classes="flush"):
        if account is None:
            ui.label(NO_ACCOUNT).classes("dim pad").props('data-testid="no-shares"')
            return
        HoldingsPanel(services, account)
        BorrowedShares(services, account)
