"""Buy and sell in earnest: buttons that open the order ticket, and the switch of quick orders."""

from collections.abc import Callable
from functools import partial
from typing import Final

from nicegui import ui

from core.ids import InstrumentKey
from core.services import Services
from core.trading.requests import Side
from ui.components.fields import button
from ui.components.order_ticket import ticket_here, trade
from ui.components.watch import watch

TIP: Final = "Opens the order ticket; sends at once where quick orders are armed"
QUICK: Final = (
    "Quick orders, in this tab: B and S send a limit at the touch at once, with the lots last used,"
    " and an undo. Off after five idle minutes, and after a reload"
)
NOT_HERE: Final = "Quick orders are not let through where real money goes: every order is confirmed"


def deal_buttons(
    services: Services, key: Callable[[], InstrumentKey | None], name: str, *, keys: bool = False
) -> None:
    """`name` begins their test ids, `keys` writes the keys that do the same; none where nothing can
    be ordered."""
    if services.trading is None:
        return

    async def deal(side: Side) -> None:
        if (wanted := key()) is not None:
            await trade(services, wanted, side)

    with ui.element("div").classes("deal-buttons"):
        for side in Side:
            text = f"{side.capitalize()} ({side[0].upper()})" if keys else side.capitalize()
            made = button(text, f"{name}-{side}", partial(deal, side), tip=TIP)
            made.classes(side.value)


def quick_switch(services: Services) -> None:
    """An armed tab wears the mode's colour."""
    if services.trading is None:
        return
    with ui.element("button").classes("icon-button quick-switch") as switch:
        ui.icon("bolt")
    switch.props('data-testid="quick-arm" aria-label="Quick orders"').mark("quick-arm")

    def armed() -> bool:
        ticket = ticket_here()
        return ticket is not None and ticket.quick.armed

    def show() -> None:
        on, ticket = armed(), ticket_here()
        switch.classes(add="here" if on else "", remove="" if on else "here")
        switch.props(f'aria-pressed="{str(on).lower()}"')
        allowed = ticket is not None and ticket.quick.allowed
        switch.props(f'title="{QUICK if allowed else NOT_HERE}"')

    def toggle() -> None:
        ticket = ticket_here()
        if ticket is not None:
            ticket.quick.arm(not ticket.quick.armed)
            show()

    switch.on("click", toggle)
    show()
    watch(armed, show)
