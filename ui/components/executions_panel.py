"""What runs by itself: baskets, TWAPs and icebergs, each with what can be done about it."""

from nicegui import ui

from core.services import Services
from core.services.trading import Trading
from core.trading.executions import UNFINISHED, BasketRun, Execution
from ui.components.empty_state import empty_state
from ui.components.execution_card import ExecutionCard
from ui.components.watch import watch

MOST = 40


class ExecutionsPanel:
    """`running` shows only what is not finished, baskets and slices; else all baskets of today."""

    def __init__(self, services: Services, trading: Trading, *, running: bool = False) -> None:
        self._services, self._trading, self._running = services, trading, running
        self._box = ui.element("div").classes("executions")
        self._box.props(f'data-testid="{"running" if running else "baskets"}"')
        self._build()
        watch(self._ids, self._build)

    def _ids(self) -> list[str]:
        """Newest first; one that is finished stays where it is while it is looked at."""
        state = self._trading.executions
        every: list[Execution] = [*state.baskets(), *state.slices()]
        shown = [run for run in every if self._shows(run)]
        shown.sort(key=lambda run: run.started_at, reverse=True)
        return [run.id for run in shown[:MOST]]

    def _shows(self, run: Execution) -> bool:
        return run.phase in UNFINISHED if self._running else isinstance(run, BasketRun)

    def _build(self) -> None:
        self._box.clear()
        with self._box:
            ids = self._ids()
            for id in ids:
                ExecutionCard(self._services, self._trading, id)
            if not ids:
                self._nothing()

    def _nothing(self) -> None:
        if self._running:
            empty_state(
                "Nothing is running.",
                "Baskets, TWAPs and icebergs stand here while they work, and after a restart until "
                "you let them go on or put them away.",
                icon="motion_photos_paused",
            )
            return
        empty_state(
            "No baskets today.",
            "Trade a position from the builder; or exit, roll or reverse one under Positions.",
            icon="shopping_basket",
        )
