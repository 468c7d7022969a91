"""The kill switch in the top bar: stop everything, let only exits through, release, arm."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Final

from nicegui import ui

from core.errors import AppError, RuleBroken
from core.risk.limits import Standing
from core.services import Services
from core.services.account_desk import STOP_WORD
from core.services.risk_controls import ARM_WORD, RELEASE_WORD
from core.services.trading import Trading
from ui.components.fields import button, choice_field, text_field
from ui.components.keys import Keys
from ui.components.watch import watch
from ui.theme import formats
from ui.theme.colors import MODE_WORDS

HOTKEY: Final = "ctrl+."
HOLDS: Final = {0: "Any time", 15: "15 minutes", 60: "1 hour", 240: "4 hours", 1440: "A day"}
CHIPS: Final = {Standing.HALTED: "HALTED", Standing.REDUCE_ONLY: "EXITS ONLY"}


class KillSwitch:
    """A button that is always there; nothing where nothing can be ordered."""

    def __init__(self, services: Services) -> None:
        if services.trading is None:
            return
        self._services, self._trading = services, services.trading
        self._dialog = ui.dialog()
        with (
            ui.element("button")
            .classes("kill")
            .props('type="button" data-testid="kill-open"')
            .props('title="Stop trading (Ctrl .): cancel everything, let nothing new through"')
            .mark("kill-open")
            .on("click", self.open)
        ):
            ui.icon("front_hand")
            self._chip = ui.label().classes("kill-chip").props('data-testid="standing"')
        Keys({HOTKEY: self._hotkey})
        self._show()
        watch(lambda: self._trading.state.standing, self._show)

    def open(self) -> None:
        self._dialog.clear()
        with self._dialog, ui.element("div").classes("sheet kill-sheet"):
            if self._trading.state.standing is Standing.HALTED:
                _release(self._trading, self._dialog)
            else:
                _stop(self._services, self._trading, self._dialog)
        self._dialog.open()

    async def _hotkey(self) -> None:
        """Once to look, twice to stop: nobody searches for a button then."""
        halted = self._trading.state.standing is Standing.HALTED
        if self._dialog.value and not halted:
            self._dialog.close()
            await said(self._trading.controls.halt("the hotkey was pressed twice"))
        else:
            self.open()

    def _show(self) -> None:
        standing = self._trading.state.standing
        self._chip.set_text(CHIPS.get(standing, "STOP"))
        self._chip.classes(
            add=f"is-{standing.name.lower().replace('_', '-')}",
            remove=" ".join(
                f"is-{each.name.lower().replace('_', '-')}"
                for each in Standing
                if each is not standing
            ),
        )


def _stop(services: Services, trading: Trading, dialog: ui.dialog) -> None:
    state = trading.state
    working, held = len(state.working()), len(state.holdings())
    ui.label("Stop trading").classes("sheet-title")
    ui.label(f"{services.mode.upper()} · {MODE_WORDS[services.mode]}").classes("mode-line")
    ui.label(
        "From the moment you press it no new order is let through, from no page, program or rule."
        f" {_counted(working, 'working order')} will be cancelled."
    )
    flatten = ui.checkbox(
        f"Also close what is held at the market: {_counted(held, 'position')}"
    ).props('dense data-testid="kill-flatten"')
    segments = None
    if trading.account is not None and trading.paper is None:
        segments = ui.checkbox(
            "Also stop all segments at the broker, until they are switched on again on Funds"
        ).props('dense data-testid="kill-segments"')
    with ui.element("div").classes("kill-fields"):
        reason = text_field("Why (for the journal)", "kill-reason", value="stopped by hand")
        hold = choice_field("Can be released", "kill-hold", HOLDS, value=0)

    async def halt() -> None:
        dialog.close()
        held_for = timedelta(minutes=int(hold.value or 0))
        why = reason.value.strip() or "stopped by hand"
        await said(trading.controls.halt(why, flatten=bool(flatten.value), hold=held_for))
        if segments is not None and segments.value:
            await said(_stop_segments(trading))

    async def exits_only() -> None:
        dialog.close()
        await said(trading.controls.reduce_only(reason.value.strip() or "chosen by hand"))

    with ui.element("div").classes("card-actions"):
        button("Stop everything", "kill-now", halt, icon="front_hand", primary=True).classes(
            "danger"
        ).props("autofocus")
        if state.standing is Standing.ACTIVE:
            button("Only exits", "kill-exits-only", exits_only)
        else:
            _release_button(trading, dialog)
        button("Back", "kill-back", dialog.close)
    ui.label("Ctrl . again stops everything too.").classes("dim")


async def _stop_segments(trading: Trading) -> None:
    """All that the broker would still take orders in."""
    assert trading.account is not None
    await trading.account.read_safety()
    kept = trading.account.segments
    if kept.value is None:
        raise RuleBroken(f"the broker's segments could not be read: {kept.problem}")
    open_ones = [each.segment for each in kept.value if each.active and not each.stopped]
    if open_ones:
        await trading.account.switch(open_ones, stop=True, typed=STOP_WORD)


def _release(trading: Trading, dialog: ui.dialog) -> None:
    state = trading.state
    ui.label("Trading is halted").classes("sheet-title down")
    ui.label(f"Why: {state.standing_reason or 'no reason was given'}.")
    working, held = len(state.working()), len(state.holdings())
    ui.label(f"{_counted(working, 'order')} still work, {_counted(held, 'position')} held.")
    if state.held_until is not None:
        ui.label(f"It is held until {formats.ist(state.held_until)}.").classes("warn")
    with ui.element("div").classes("card-actions"):
        _release_button(trading, dialog)
        button("Back", "kill-back", dialog.close)


def _release_button(trading: Trading, dialog: ui.dialog) -> None:
    """The word has to be typed: nobody releases by a slip."""
    word = text_field(f"Type {RELEASE_WORD}", "kill-release-word")

    async def release() -> None:
        if await said(trading.controls.release(word.value.strip())):
            dialog.close()

    word.on("keydown.enter", release)
    button("Release", "kill-release", release)


def arming_banner(services: Services) -> None:
    """In mode live, on every page: whether real orders are let through in this session."""
    trading = services.trading
    if trading is None or not trading.gate.needs_arming:
        return
    armed = trading.state.armed
    with (
        ui.element("div")
        .classes("banner problem" if armed else "banner")
        .props('data-testid="arming"')
    ):
        if armed:
            ui.label("LIVE orders are armed: a click sends real money.")
            button("Disarm", "disarm", lambda: said(trading.controls.disarm()))
        else:
            ui.label("Live orders are not armed in this session: nothing can be sent.")
            button("Arm …", "arm", lambda: _ask_to_arm(trading))


def _ask_to_arm(trading: Trading) -> None:
    with ui.dialog() as dialog, ui.element("div").classes("sheet"):
        ui.label("Arm live orders").classes("sheet-title")
        ui.label(
            "From then on, until this desk ends or you disarm it, orders go to the exchange with "
            "real money. The limits of Risk hold."
        )
        word = text_field(f"Type {ARM_WORD}", "arm-word")

        async def arm() -> None:
            if await said(trading.controls.arm(word.value.strip())):
                dialog.close()

        word.on("keydown.enter", arm)
        with ui.element("div").classes("card-actions"):
            button("Arm", "arm-yes", arm, primary=True).classes("danger")
            button("Back", "arm-no", dialog.close)
    dialog.on("hide", dialog.delete)
    dialog.open()


async def said(act: Awaitable[object]) -> bool:
    """Do it; what stands against it is told, and False."""
    try:
        await act
    except AppError as problem:
        ui.notify(str(problem), type="negative", position="bottom-right")
        return False
    return True


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
