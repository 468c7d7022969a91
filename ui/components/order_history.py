"""The history of one order as a time-line: what we wrote down, what the broker says, its fills."""

from collections.abc import Callable
from typing import Final

from nicegui import background_tasks, ui

from core.errors import AppError
from core.services.order_story import Step, Story
from core.services.trading import Trading
from core.trading.orders import Order
from ui.components.fields import button
from ui.components.sight import paced
from ui.orders import timeline, words
from ui.orders.book import Book

PACE: Final = 0.5


class OrderHistory:
    """Hidden while no order is shown; told anew whenever the order has changed."""

    def __init__(self, trading: Trading, book: Book, closed: Callable[[], object]) -> None:
        self._trading, self._book, self._closed = trading, book, closed
        self.order: Order | None = None
        self.story: Story | None = None
        self._reading = False
        with ui.element("aside").classes("order-history").props('data-testid="history"') as box:
            with ui.element("header").classes("panel-head"):
                self._title = ui.label().classes("panel-title").mark("history-title")
                with ui.element("div").classes("panel-tools"):
                    tip = "This time-line as text"
                    button("", "history-copy", self.copy, icon="content_copy", tip=tip)
                    button("", "history-close", self.close, icon="close", tip="Close")
            self._body = ui.element("div").classes("history-body")
        self._box = box
        box.set_visibility(False)
        paced(PACE, self.look)

    def show(self, order: Order | None) -> None:
        """Start with an order; None hides."""
        self.order = order
        self._box.set_visibility(order is not None)
        if order is not None:
            self._tell()

    def close(self) -> None:
        self.show(None)
        self._closed()

    def look(self) -> None:
        if self.order is None or self._reading:
            return
        self._book.look()
        now = self._book.orders.get(self.order.id)
        if now is not None and now is not self.order:
            self.order = now
            self._tell()

    def _tell(self) -> None:
        background_tasks.create(self._read(), name="history of an order")

    async def _read(self) -> None:
        order = self.order
        if order is None:
            return
        self._reading = True
        try:
            story = await self._trading.story.of(order)
        except AppError as problem:
            story = Story(steps=(), lacking=str(problem))
        finally:
            self._reading = False
        if self.order is order and not self._body.is_deleted:
            self.story = story
            self._draw(order, story)

    def heading(self, order: Order) -> str:
        return words.asked(order.terms, self._book.listed.get(order.request.key))

    def _draw(self, order: Order, story: Story) -> None:
        self._title.set_text(self.heading(order))
        self._body.clear()
        with self._body:
            chip, tone = words.CHIPS[order.status]
            with ui.element("div").classes("history-now"):
                ui.label(chip).classes(f"tag {tone}").props('data-testid="history-status"')
                ui.label(words.note(order)).classes("dim")
            for step, age in zip(story.steps, timeline.ages(story.steps), strict=True):
                _step(step, age)
            if story.lacking:
                ui.label(story.lacking).classes("history-lacking")
            ids = " · ".join((order.id, *order.broker_ids))
            ui.label(ids).classes("history-ids num").props('data-testid="history-ids"')

    def copy(self) -> None:
        if self.order is not None and self.story is not None:
            ui.clipboard.write(timeline.as_text(self.heading(self.order), self.story))
            ui.notify("The time-line is copied.", type="info")


def _step(step: Step, age: str) -> None:
    looks = f"history-step told-by-{step.teller} kind-{step.kind.replace(' ', '-')}"
    with ui.element("div").classes(looks).props('data-testid="history-step"'):
        with ui.element("div").classes("history-when"):
            ui.label(timeline.moment(step)).classes("num")
            ui.label(age).classes("num faint")
        with ui.element("div").classes("history-what"):
            with ui.element("div").classes("history-line"):
                ui.label(timeline.KINDS.get(step.kind, step.kind)).classes("history-kind")
                ui.label(step.text).classes("strong")
                ui.label(timeline.TELLERS[step.teller]).classes("history-teller")
            if told := timeline.facts(step):
                ui.label(told).classes("history-facts num")
            if step.said:
                ui.label(f"“{step.said}”").classes("history-said")
