"""What strategies say: into the list of signals, and to the user as notices."""

from math import nan

from core.clock import Clock
from core.ids import OrderId
from core.state.notices import Level, Notices
from core.state.signals import Run, Signal, SignalState
from core.strategies.asking import Ask


class SignalVoice:
    def __init__(self, state: SignalState, notices: Notices, clock: Clock) -> None:
        self._state, self._notices, self._clock = state, notices, clock

    def signal(
        self,
        run: Run,
        text: str,
        ask: Ask,
        price: float,
        outcome: str,
        order: OrderId | None = None,
    ) -> None:
        """What was asked for, and what became of it."""
        self._say(
            Signal(
                number=self._state.count + 1,
                at=self._clock.now(),
                run=run.id,
                title=run.title,
                text=text,
                key=ask.key,
                units=ask.units,
                price=price,
                outcome=outcome,
                order=order,
            ),
            run,
        )

    def note(self, run: Run, text: str) -> None:
        self.signal(run, text, Ask(number=0, key=run.asked.key, units=0), nan, "note")

    def tell(self, level: Level, text: str, event: str = "") -> None:
        now = self._clock.now()
        self._notices.add(level, text, at=now, source="signals", link="/signals", event=event)

    def _say(self, signal: Signal, run: Run) -> None:
        self._state.say(signal)
        run.last_words = signal.text
