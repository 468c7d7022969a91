"""Builder: a position is put together, judged and kept, before anything is ordered."""

import asyncio
from datetime import date
from typing import Final

from nicegui import Client, background_tasks, context, ui

from core.errors import AppError
from core.services import Services
from ui.addresses import day_of
from ui.builder.laying import asked_legs, chooser, lay
from ui.builder.state import BuilderState
from ui.components.builder_compare import build_compare
from ui.components.builder_drafts import build_drafts
from ui.components.builder_legs import build_legs
from ui.components.builder_numbers import build_numbers
from ui.components.builder_payoff import build_payoff
from ui.components.builder_portfolio import build_portfolio
from ui.components.builder_suggest import build_suggest
from ui.components.builder_track import build_track
from ui.components.builder_what_if import build_what_if
from ui.components.chain_picker import ChainPicker
from ui.components.choices import Choices
from ui.components.dock import DockPanel, remembered
from ui.components.empty_state import empty_state

PANELS: Final = (
    DockPanel(id="legs", title="Legs"),
    DockPanel(id="payoff", title="Pay-off", beside="legs", width=660),
    DockPanel(id="numbers", title="Numbers", beside="payoff", direction="below", height=272),
    DockPanel(id="what-if", title="What if", beside="legs", direction="below", height=400),
    DockPanel(id="drafts", title="Drafts", beside="what-if", direction="within"),
    DockPanel(id="suggest", title="Suggestions", beside="what-if", direction="within"),
    DockPanel(id="compare", title="Compare", beside="what-if", direction="within"),
    DockPanel(id="track", title="Tracked", beside="what-if", direction="within"),
    DockPanel(id="portfolio", title="Portfolio", beside="what-if", direction="within"),
)
BUILDERS: Final = {
    "legs": build_legs,
    "payoff": build_payoff,
    "numbers": build_numbers,
    "what-if": build_what_if,
    "drafts": build_drafts,
    "suggest": build_suggest,
    "compare": build_compare,
    "track": build_track,
    "portfolio": build_portfolio,
}


READY: Final = 40
LOOK: Final = 0.25
"""A chain that is opened has prices after some looks of so many seconds."""


async def page(
    services: Services,
    symbol: str = "",
    expiry: str = "",
    template: str = "",
    draft: str = "",
    add: str = "",
) -> None:
    """`template` is a name of core.strategies.templates, `draft` an id of the library, and `add`
    legs such as `24200CE:-1,FUT:1` (lots, below 0 sold), of `symbol` and `expiry`.
    """
    choices = await Choices.load(services.preferences)
    state = BuilderState(services, choices)
    with ui.element("div").classes("chain-bar builder-bar"):

        async def turn(picker: ChainPicker) -> None:
            await state.turn(picker.symbol, picker.expiry)

        picker = ChainPicker(services, choices, page="builder", on_change=turn)
        state.turn_to = picker.load
    dock = remembered(choices, "builder", PANELS)
    for name, build in BUILDERS.items():
        with dock.panel(name):
            build(state)
    if not await _load(picker, symbol.strip().upper(), day_of(expiry)):
        empty_state("There is nothing to build with.", "No options are listed yet.")
        return
    if template or draft or add:
        follow = _follow(context.client, state, template, draft, add)
        background_tasks.create(follow, name="builder link")


async def _load(picker: ChainPicker, symbol: str, expiry: date | None) -> bool:
    if await picker.load(symbol, expiry):
        return True
    if symbol:
        _tell(f"There are no options on “{symbol[:40]}”.")
    return bool(symbol) and await picker.load()


async def _follow(client: Client, state: BuilderState, template: str, draft: str, add: str) -> None:
    """Do what the address asks for, once: a reload must not do it again."""
    with client:
        ui.run_javascript("history.replaceState(history.state, '', location.pathname)")
    try:
        if draft:
            await state.open_saved(draft)
        await _until_priced(state)
        await _lay(state, template, add)
    except AppError as problem:
        with client:
            _tell(str(problem))


async def _until_priced(state: BuilderState) -> None:
    """Until the forward is known, or it is plain that it will not be."""
    for _ in range(READY):
        view, listed = state.view, state.expiry
        if view is not None and any(e.expiry == listed and e.forward > 0 for e in view.expiries):
            return
        await asyncio.sleep(LOOK)


async def _lay(state: BuilderState, template: str, add: str) -> None:
    if template:
        await lay(state, template, chooser(state.choices, state.expiry))
    if add:
        state.add(*asked_legs(state, add))


def _tell(problem: str) -> None:
    ui.notify(problem, type="negative", position="bottom-right")
