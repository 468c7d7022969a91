"""What is written down of orders good till triggered: state first, then the disk."""

from collections.abc import Iterable

import structlog

from core.clock import Clock
from core.ports.gtt import GttRepository
from core.state.gtts import GttState
from core.trading.gtt import Gtt
from core.trading.gtt_terms import GttRequest, Rule
from core.trading.journal import Entry, Kind, Value

log = structlog.get_logger(__name__)


class GttRecords:
    def __init__(self, gtts: GttRepository, state: GttState, clock: Clock) -> None:
        self._gtts, self._state, self._clock = gtts, state, clock

    async def gtt(self, gtt: Gtt, kind: Kind, text: str, **facts: Value) -> None:
        """Put one into the state, and on the disk with an entry about it."""
        await self.gtts([gtt], kind, text, **facts)

    async def gtts(self, gtts: Iterable[Gtt], kind: Kind, text: str, **facts: Value) -> None:
        """The same for several at once: all are written down, or none."""
        given = list(gtts)
        for each in given:
            self._state.put(each)
            log.info("gtt.recorded", id=each.id, status=each.status, text=text)
        entries = [
            self._entry(kind, each.id, text, status=each.status, **_first(kind, each), **facts)
            for each in given
        ]
        await self._gtts.record(given, entries)

    async def note(self, kind: Kind, correlation: str, text: str, **facts: Value) -> None:
        log.info("journal.entry", kind=kind, correlation=correlation, text=text)
        await self._gtts.record([], [self._entry(kind, correlation, text, **facts)])

    def _entry(self, kind: Kind, correlation: str, text: str, **facts: Value) -> Entry:
        now = self._clock.now()
        return Entry(at=now, kind=kind, correlation=correlation, text=text, facts=facts)


def _first(kind: Kind, gtt: Gtt) -> dict[str, Value]:
    return gtt_facts(gtt.request) if kind is Kind.INTENT else {}


def gtt_facts(request: GttRequest) -> dict[str, Value]:
    """Terms as facts of an entry."""
    return {
        "form": request.kind,
        "key": request.key,
        "side": request.side,
        "quantity": request.quantity,
        "product": request.product,
        "rules": [_words(rule) for rule in request.rules],
        "tied to": request.tied,
        "source": request.source,
        "group": request.group,
    }


def _words(rule: Rule) -> str:
    trailing = f", trailing by {rule.trailing_gap}" if rule.trailing_gap else ""
    protection = f", protection {rule.protection}" if rule.protection else ""
    return f"{rule.role} {rule.trigger} {rule.price}{trailing}{protection}"
