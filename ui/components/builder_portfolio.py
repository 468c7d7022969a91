"""The builder's portfolio: what is held, without and with the draft on the table."""

from collections.abc import Callable
from functools import partial
from typing import Final

from nicegui import background_tasks, ui

from core.strategies.draft import Draft
from core.strategies.legs import Leg
from ui.builder.before_after import Answer, rows, weigh
from ui.builder.latest import Latest
from ui.builder.positions import Positions, reach_of
from ui.builder.state import BuilderState, Topic
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import GHOST, Option, axis, line, lines, signed_line
from ui.components.data_table import Column, DataTable
from ui.components.empty_state import empty_state
from ui.components.leaving import Leaving
from ui.components.watch import watch
from ui.theme import formats

COLUMNS: Final = (
    Column(name="what", title="", classes="dim", width="30%"),
    Column(name="before", title="Before", classes="num"),
    Column(name="after", title="After", classes="num strong"),
    Column(name="change", title="Change", classes="num"),
)
EMPTY: Final = (
    "Nothing is held yet.",
    "Tick above what you hold: drafts that you have saved or track. What they make together is then"
    " shown without and with the draft on the table.",
)
OPTION: Final[Option] = lines(
    [
        line("before", "Held", "rupeesLakh", colour=GHOST, dashed=True, width=1.8),
        signed_line("after", "With the draft", "rupeesLakh"),
        line("now", "Today", "rupeesLakh", colour="var(--accent)"),
    ],
    x=axis("strike"),
    y=axis("rupeesLakh"),
)


def build_portfolio(state: BuilderState) -> None:
    _Portfolio(state)


class _Portfolio:
    """Positions come with orders; until then drafts stand for what is held."""

    def __init__(self, state: BuilderState) -> None:
        self._state = state
        self._positions = Positions(state)
        self._work = Latest[Answer](self._question, self._answered)
        Leaving(self._work.end)
        with ui.element("div").classes("tool-panel"):
            with ui.element("div").classes("tool-bar"):
                ui.label("Held").classes("tool-field")
                self._chips = ui.element("div").classes("chips")
            self._empty = empty_state(*EMPTY, icon="account_balance_wallet")
            self._empty.props('data-testid="portfolio-empty"')
            self._body = ui.element("div").classes("tool-body beside")
            with self._body:
                self._chart = Chart(
                    OPTION,
                    name="portfolio",
                    height=None,
                    label="What is held, before and after the draft",
                )
                self._table = DataTable("portfolio-figures", COLUMNS, empty="")
                self._table.classes("figures wrap")
            self._caption = ui.label().classes("caption").props('data-testid="portfolio-caption"')
        for topic in (Topic.DRAFT, Topic.MARKET):
            state.on(topic, self._ask)
        self._show_some(False)
        watch(lambda: (self._positions.around, state.draft.id), self._changed)
        self._changed()

    # what is held
    @property
    def _offered(self) -> list[Draft]:
        """Those of this underlying first, the tracked before others; not the one on the table."""
        drafts = self._state.services.drafts.all()
        others = [d for d in drafts if d.legs and d.id != self._state.draft.id]
        return sorted(others, key=lambda d: (d.symbol != self._state.symbol, not d.tracked))

    @property
    def _held(self) -> list[Draft]:
        kept = self._state.choices.get("builder.held", list[str]())
        return [draft for draft in self._offered if draft.id in kept]

    def _changed(self) -> None:
        held = {draft.id for draft in self._held}
        self._chips.clear()
        with self._chips:
            for draft in self._offered:
                self._chip(draft, draft.id in held)
            if not self._offered:
                ui.label("No other draft is saved yet.").classes("faint")
        background_tasks.create(self._take(), name="held drafts")

    def _chip(self, draft: Draft, here: bool) -> None:
        other = draft.symbol != self._state.symbol
        chip = ui.element("button").classes("chip here" if here else "chip")
        chip.props(f'data-testid="held-{draft.id}" aria-pressed="{str(here).lower()}"')
        chip.mark(f"held-{draft.id}").on("click", partial(self._toggle, draft.id))
        with chip:
            ui.label(f"{draft.symbol} · {draft.name}" if other else draft.name)

    def _toggle(self, id: str) -> None:
        kept = self._state.choices.get("builder.held", list[str]())
        now = [each for each in kept if each != id] if id in kept else [*kept, id]
        self._state.choices.keep("builder.held", now)
        self._changed()

    async def _take(self) -> None:
        await self._positions.take(self._held)
        self._ask()

    @property
    def _held_legs(self) -> list[Leg]:
        return [leg for legs in self._positions.legs.values() for leg in legs]

    # what the draft does to it
    def _ask(self) -> None:
        if self._chart.shown or self._empty.visible:
            self._work.ask()

    def _question(self) -> Callable[[], Answer] | None:
        state, market, held = self._state, self._positions.market, self._held_legs
        ours = [leg for leg in held if leg.symbol == state.symbol]
        if market is None or not ours:
            self._show_some(False)
            self._say(held, ours)
            return None
        reach = reach_of(state.picture, market)
        if not state.counted:  # nothing to add: what is held stands for itself
            return partial(weigh, ours, [], market, reach)
        return partial(weigh, held, state.counted, market, reach)

    def _answered(self, answer: Answer) -> None:
        self._chart.subject = self._state.symbol
        self._chart.push(
            {"before": answer.before, "after": answer.after, "now": answer.now}, x=answer.spots
        )
        spot = answer.market.spot
        self._chart.marks(
            [Mark(at=spot, label=formats.quantity(spot), colour="--strong", dashed=False)]
        )
        self._table.show(rows(answer))
        self._show_some(True)
        held = self._held_legs
        self._say(held, [leg for leg in held if leg.symbol == self._state.symbol])

    def _show_some(self, some: bool) -> None:
        self._empty.set_visibility(not some)
        self._body.set_visibility(some)

    def _say(self, held: list[Leg], ours: list[Leg]) -> None:
        said = []
        if len(held) > len(ours):
            said.append(
                f"held legs of other underlyings, left as they are: {len(held) - len(ours)}"
            )
        if lost := sum(self._positions.lost.values()):
            said.append(f"held legs that do not count, expired or not listed: {lost}")
        if ours and not self._state.counted:
            said.append("there is no draft on the table yet")
        if ours:
            said.append("figures at the first expiry of each, after the charges to enter the draft")
        words = " · ".join(said)
        self._caption.set_text(words[:1].upper() + words[1:])
