"""Funds: money and margin, shares, what a trade costs and needs, the broker's own switch."""

from typing import Final

from nicegui import ui

from core.services import Services
from core.services.trading import Trading
from ui.components.broker_safety import BrokerSegments, RegisteredList
from ui.components.charges_calculator import ChargesCalculator
from ui.components.empty_state import empty_state
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
    with ui.element("div").classes("page page-funds"):
        if services.trading is None:
            ui.label(NO_ORDERS).classes("callout").props('data-testid="funds-none"')
        else:
            _account(services, services.trading)
        with ui.element("div").classes("funds-foot"):
            with panel("Charges of a trade"):
                ChargesCalculator(services)
            with panel("Margin of legs together"):
                MarginCalculator(services)
        if services.trading is not None and services.trading.paper is None:
            _safety(services, services.trading)


def _account(services: Services, trading: Trading) -> None:
    title = "Funds and margin" if trading.paper is None else "Paper account"
    with ui.element("div").classes("funds-top"):
        with panel(title):
            FundsMoney(services, trading)
        with panel("Shares", classes="flush"):
            if trading.account is None:
                empty_state("No shares here", NO_ACCOUNT, icon="inventory_2")
                return
            HoldingsPanel(services, trading.account)
            BorrowedShares(services, trading.account)


def _safety(services: Services, trading: Trading) -> None:
    if (account := trading.account) is None:
        return
    with ui.element("div").classes("grid-2"):
        with panel("The broker's own switch"):
            BrokerSegments(services, account)
        with panel("Addresses that orders may come from"):
            RegisteredList(trading, account)
