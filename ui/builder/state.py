"""Builder state: the draft on the table with its past, the market it is judged by, the picture."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from nicegui import background_tasks

from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.services import Services
from core.strategies.chain_view import ChainView
from core.strategies.draft import Draft, Fault, Problem, checks
from core.strategies.draft_file import MOST_LEGS
from core.strategies.legs import Leg, in_play
from core.strategies.picture import Picture, last_close, picture
from core.strategies.valuation import Market, Sticky
from ui.builder.edits import priced, reversed_leg
from ui.builder.iv_changes import daily_iv_change
from ui.builder.kept import KeptDrafts
from ui.builder.latest import Latest
from ui.builder.open_chains import OpenChains
from ui.builder.past import Past
from ui.builder.topics import Listeners
from ui.builder.topics import Overlay as Overlay
from ui.builder.topics import Topic as Topic
from ui.components.choices import Choices
from ui.components.leaving import Leaving
from ui.components.sight import paced

PACE: Final = 1.0
"""Seconds between two looks at the market."""
NO_LEGS: Final = (
    "No legs to ask about.",
    "Add legs, or lay a template: the table then shows what the position makes at any spot, on any"
    " day, at any volatility.",
)
LOST: Final = {Fault.FOREIGN, Fault.EXPIRED, Fault.NOT_LISTED, Fault.OTHER_CONTRACT}
"""A leg with one of these stays as it is, and does not count."""


class BuilderState:
    """One visit to the builder; made in the page's slot, since it ends with it.

    Panels call `on(topic, then)` once, and read `draft`, `counted`, `market`, `picture` …; edits
    go through `put_legs` and its neighbours, which keep the draft and can be undone.
    `revision` counts edits of the draft.
    """

    def __init__(self, services: Services, choices: Choices) -> None:
        self.services, self.choices = services, choices
        self.chains = OpenChains(services)
        self.turn_to: Callable[[str], Awaitable[bool]] = self._stay  # the page's picker
        self.revision = 0
        self.expiry: date | None = None
        self.view: ChainView | None = None
        self.market: Market | None = None
        self.picture: Picture | None = None
        self.problems: list[Problem] = []
        self.overlays: tuple[Overlay, ...] = ()
        self.iv_shift, self.ahead = 0.0, 0.0
        self.pointed: float | None = None
        self.daily_iv_change: float | None = None
        self._kept = KeptDrafts(services, choices)
        self._past = Past(self._kept.empty(""))
        self._listed: dict[InstrumentKey, Instrument | None] = {}
        self._listeners = Listeners()
        self._pictures = Latest(self._question, self._answer)
        self._generation = 0
        Leaving(self._pictures.end)
        paced(PACE, self.look)

    # what is there
    @property
    def draft(self) -> Draft:
        return self._past.now

    @property
    def symbol(self) -> str:
        return self.draft.symbol

    @property
    def legs(self) -> tuple[Leg, ...]:
        return self.draft.legs

    @property
    def underlying(self) -> InstrumentKey | None:
        return self.chains.underlying

    @property
    def draggable(self) -> bool:
        return True

    @property
    def nothing(self) -> tuple[str, str]:
        return NO_LEGS

    @property
    def counted(self) -> list[Leg]:
        """The legs that numbers are of: enabled, with a quantity, of contracts that are there."""
        lost = {problem.leg for problem in self.problems if problem.fault in LOST}
        return in_play(leg for at, leg in enumerate(self.legs) if at not in lost)

    @property
    def saved(self) -> Draft | None:
        """The draft as the library has it."""
        return self.services.drafts.drafts.get(self.draft.id)

    @property
    def changed(self) -> bool:
        """There are legs that the library does not have."""
        saved = self.saved
        return bool(self.legs) if saved is None else saved.legs != self.legs

    @property
    def sticky(self) -> Sticky:
        kept = self.choices.get("builder.sticky", str(Sticky.STRIKE))
        return Sticky(kept) if kept in set(Sticky) else Sticky.STRIKE

    @property
    def span(self) -> timedelta:
        """From now to the close of the last leg that counts."""
        if self.market is None:
            return timedelta()
        return last_close(self.counted, self.market) - self.market.now

    @property
    def when(self) -> datetime:
        """The moment of the date slider: `ahead` is its part (0 … 1) of `span`."""
        return self.now + self.ahead * self.span

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    @property
    def can_undo(self) -> bool:
        return self._past.can_undo

    @property
    def can_redo(self) -> bool:
        return self._past.can_redo

    def on(self, topic: Topic, then: Callable[[], object]) -> None:
        self._listeners.on(topic, then)

    # another draft on the table
    async def turn(self, symbol: str, expiry: date) -> None:
        """To the underlying's draft; `expiry` is the near one of new legs and templates."""
        self.expiry = expiry
        await self.chains.turn(symbol)
        if symbol != self.symbol:
            self._past.forget(self._kept.get(symbol))
            self.view = self.market = self.picture = None
            self.overlays, self.pointed = (), None
            background_tasks.create(self._learn_iv_changes(symbol), name="iv changes")
        await self._open()
        self._redrawn()

    async def open_draft(self, draft: Draft) -> None:
        """Lay a draft of the same underlying on the table; the one before comes back by undo."""
        if draft.symbol != self.symbol:
            raise RuleBroken(f"This draft is on {draft.symbol}; turn to {draft.symbol} first.")
        self._put(draft)

    async def open_saved(self, id: str) -> None:
        """The same from the library, whatever it is on; raises RuleBroken if it is gone."""
        await self.services.draft_keeper.load()
        draft = self.services.drafts.drafts.get(id)
        if draft is None:
            raise RuleBroken("This draft has been deleted.")
        if draft.symbol != self.symbol and not await self.turn_to(draft.symbol):
            raise RuleBroken(f"There are no options on {draft.symbol} to judge this draft by.")
        await self.open_draft(draft)

    def new_draft(self) -> None:
        """An empty table; the one before comes back by undo."""
        self._put(self._kept.empty(self.symbol))

    async def save(self, name: str, *, tags: tuple[str, ...] = (), notes: str = "") -> Draft:
        """Into the library under this name; raises RuleBroken without one."""
        now, saved = self.services.clock.now(), self.saved
        draft = self.draft.edited(now, name=name.strip(), tags=tags, notes=notes)
        if saved is not None:  # the library knows best what is followed, and what has been told
            draft = replace(draft, alerts=saved.alerts, tracked=saved.tracked)
        await self.services.draft_keeper.save(draft)
        self.amend(draft)
        return draft

    def amend(self, draft: Draft) -> None:
        """Name, tags, notes, alerts: what is no step to be undone."""
        self._past.amend(draft)
        self._kept.put(draft)
        self._redrawn()

    async def reach(self, day: date) -> None:
        """Have the chain of that day in view, if it is listed."""
        if day in self.chains.listed:
            await self.chains.hold({*self._days(), day})
            self._see()

    # edits
    def put_legs(self, legs: Sequence[Leg], *, name: str = "", gesture: str = "") -> None:
        """All legs anew; steps of one `gesture` are undone together.

        Raises RuleBroken for more legs than a draft can hold.
        """
        if len(legs) > MOST_LEGS:
            raise RuleBroken(f"A draft holds {MOST_LEGS} legs at most.")
        changes: dict[str, Any] = {"legs": tuple(legs), **({"name": name} if name else {})}
        self._put(self.draft.edited(self.services.clock.now(), **changes), gesture=gesture)

    def put_leg(self, at: int, leg: Leg, *, gesture: str = "") -> None:
        if leg != self.legs[at]:
            self.put_legs([*self.legs[:at], leg, *self.legs[at + 1 :]], gesture=gesture)

    def add(self, *legs: Leg) -> None:
        self.put_legs([*self.legs, *legs])

    def remove(self, at: int) -> None:
        self.put_legs([*self.legs[:at], *self.legs[at + 1 :]])

    def duplicate(self, at: int) -> None:
        self.put_legs([*self.legs[: at + 1], self.legs[at], *self.legs[at + 1 :]])

    def reverse(self) -> None:
        """Bought becomes sold, at the other side's price."""
        self.renew()
        self.put_legs([reversed_leg(leg, self.view) for leg in self.legs])

    def multiply(self, lots: Callable[[int], int]) -> None:
        """All lots at once, each leg's number through `lots`."""
        self.put_legs([replace(leg, lots=lots(leg.lots)) for leg in self.legs])

    def reprice(self) -> None:
        """Entry prices as they can be had now; where nobody quotes the old one stays."""
        self.renew()
        if self.view is None:
            return
        view = self.view
        now = [(leg, priced(leg, view)) for leg in self.legs]
        self.put_legs([new if new.price == new.price else leg for leg, new in now])

    def undo(self) -> None:
        if self._past.undo():
            self._stepped()

    def redo(self) -> None:
        if self._past.redo():
            self._stepped()

    # what the picture is of
    def look_ahead(self, part: float) -> None:
        """The day of the chosen curve: 0 is now, 1 the close of the last leg."""
        self.ahead = min(max(part, 0.0), 1.0)
        self._pictures.ask()

    def point_at(self, spot: float | None) -> None:
        """A spot that is looked at, marked in the pay-off; None for none."""
        self.pointed = spot
        self._listeners.tell(Topic.OVERLAYS)

    def shift_iv(self, points: float) -> None:
        """Vol points on top of every volatility, in the chosen curve."""
        self.iv_shift = points / 100
        self._pictures.ask()

    def lay_over(self, overlays: Sequence[Overlay]) -> None:
        """Curves of other positions over the pay-off."""
        self.overlays = tuple(overlays)
        self._listeners.tell(Topic.OVERLAYS)

    def renew(self) -> None:
        """The view as it is at this moment, for the price of an edit."""
        self.view = self.chains.view()

    def look(self) -> None:
        """The market once more; a draft that another page has changed is taken over."""
        if not self.symbol:
            return
        if self.chains.generation != self._generation:  # a new day: keys may be others'
            self._generation = self.chains.generation
            self._listed.clear()
            self._redrawn()
        building = self.services.drafts.building.get(self.symbol)
        if building is not None and building is not self.draft:
            self._past.put(building)
            self._redrawn()
        self._see()

    # inside
    async def _stay(self, symbol: str) -> bool:
        return symbol == self.symbol

    def _put(self, draft: Draft, *, gesture: str = "") -> None:
        self._past.put(draft, gesture=gesture)
        self._stepped()

    def _stepped(self) -> None:
        self._kept.put(self.draft)
        self._redrawn()

    def _redrawn(self) -> None:
        """The draft is another: judge it, show it, and see to what it needs."""
        self.revision += 1
        self._judge()
        self._listeners.tell(Topic.DRAFT)
        self._pictures.ask()
        background_tasks.create(self._see_to(), name="builder legs")

    def _judge(self) -> None:
        known = {key: each for key, each in self._listed.items() if each is not None}
        all_asked = all(leg.key in self._listed for leg in self.legs)
        now = self.services.clock.now()
        self.problems = checks(self.draft, now, known if all_asked else None)

    async def _see_to(self) -> None:
        """Whether the contracts are listed, and chains for their days."""
        asked = [leg.key for leg in self.legs if leg.key not in self._listed]
        if asked:
            found = await self.services.instruments.get_many(asked)
            self._listed.update({key: found.get(key) for key in asked})
            before = self.problems
            self._judge()
            if self.problems != before:
                self._listeners.tell(Topic.DRAFT)
        await self._open()

    async def _open(self) -> None:
        """The chosen expiry, the one after it (for calendars), and those of the legs."""
        if await self.chains.hold(self._days()):
            self._generation = self.chains.generation
        self._see()

    def _days(self) -> set[date]:
        listed = self.chains.listed
        near = listed.index(self.expiry) if self.expiry in listed else 0
        return {*listed[near : near + 2], *(leg.expiry for leg in self.legs)}

    def _see(self) -> None:
        self.view = self.chains.view()
        known = self.view is not None and self.view.spot > 0
        self.market = self.view.market(self.sticky) if self.view is not None and known else None
        self._price_unknown()
        self._judge()
        self._listeners.tell(Topic.MARKET)
        self._pictures.ask()

    def _price_unknown(self) -> None:
        """A leg without a price gets one as soon as it is quoted; no step to be undone."""
        view, legs = self.view, self.legs
        if view is None or all(leg.price == leg.price for leg in legs):
            return
        now = tuple(leg if leg.price == leg.price else priced(leg, view) for leg in legs)
        if any(new.price == new.price != old.price for new, old in zip(now, legs, strict=True)):
            self._past.amend(replace(self.draft, legs=now))
            self._stepped()

    def _question(self) -> Callable[[], Picture | None] | None:
        market, counted, when = self.market, self.counted, self.when
        if market is None:
            return None
        rest = [leg for leg in self.legs if leg not in counted and leg.symbol == self.symbol]
        shift, change = self.iv_shift, self.daily_iv_change
        if not counted:
            return lambda: None
        return lambda: picture(
            counted,
            market,
            when,
            others=rest,
            iv_shift=shift,
            daily_iv_change=change,
        )

    def _answer(self, found: Picture | None) -> None:
        self.picture = found
        self._listeners.tell(Topic.PICTURE)

    async def _learn_iv_changes(self, symbol: str) -> None:
        self.daily_iv_change = None
        found = await daily_iv_change(self.services, symbol)
        if symbol == self.symbol:
            self.daily_iv_change = found
