"""Positions: what is held, what it is worth after charges, what it does when the market moves."""

from typing import Final

from nicegui import ui

from core.services import Services
from ui.components.choices import Choices
from ui.components.dock import DockPanel, remembered
from ui.components.empty_state import empty_state
from ui.components.positions_holdings import build_holdings
from ui.components.positions_payoff import HeldPayoff
from ui.components.positions_reconcile import build_reconcile
from ui.components.positions_table import build_table
from ui.components.positions_totals import build_totals
from ui.components.strategies_panel import strategies_panel
from ui.positions.acts import PositionActs
from ui.positions.state import PositionsState

PANELS: Final = (
    DockPanel(id="positions", title="Positions"),
    DockPanel(id="strategies", title="Strategies", beside="positions", direction="within"),
    DockPanel(id="payoff", title="Pay-off", beside="positions", direction="below", height=360),
    DockPanel(id="what-if", title="What if", beside="payoff", width=520),
    DockPanel(id="reconcile", title="Reconcile", beside="what-if", direction="within"),
    DockPanel(id="holdings", title="Holdings", beside="what-if", direction="within"),
)


async def page(services: Services, underlying: str = "") -> None:
    """`underlying` narrows the table to one symbol."""
    trading = services.trading
    if trading is None:
        empty_state(
            "Orders are not wired in this mode.",
            "A desk for reading only sees prices, and knows of no positions.",
            icon="account_balance_wallet",
        ).props('data-testid="positions-readonly"')
        return
    choices = await Choices.load(services.preferences)
    await trading.portfolio.look()
    state = PositionsState(services, trading, choices, underlying.strip().upper())
    with ui.element("div").classes("page page-positions"):
        build_totals(state)
        dock = remembered(choices, "positions", PANELS)
        acts = PositionActs(state)
        with dock.panel("positions"):
            build_table(state, acts)
        with dock.panel("strategies"):
            strategies_panel(services, choices)
        payoff = HeldPayoff(state)
        with dock.panel("payoff"):
            payoff.build_chart()
        with dock.panel("what-if"):
            payoff.build_table()
        with dock.panel("reconcile"):
            build_reconcile(state)
        with dock.panel("holdings"):
            build_holdings(state)
