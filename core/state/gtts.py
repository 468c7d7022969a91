"""Orders good till triggered, as far as they are known."""

from datetime import datetime

from core.ids import BrokerGttId, GttId
from core.trading.gtt import Gtt


class GttState:
    """Lives on the event loop's thread; `revision` grows with every change."""

    def __init__(self) -> None:
        self.gtts: dict[GttId, Gtt] = {}
        self.compared_at: datetime | None = None
        """When the broker's list was last read; None until it was."""
        self.problem = ""
        """Why the last reading failed; empty when it did not."""
        self.in_flight: set[GttId] = set()
        """On their way to the broker now: it may list them before it answers."""
        self.sent_at: dict[GttId, float] = {}
        """When the sending ended, by the event loop's clock."""
        self.cancel_wanted: set[GttId] = set()
        """To be cancelled as soon as the broker's numbers for them are known."""
        self.revision = 0
        self._by_broker_id: dict[BrokerGttId, GttId] = {}

    def put(self, gtt: Gtt) -> None:
        self.gtts[gtt.id] = gtt
        if gtt.broker_id is not None:
            self._by_broker_id[gtt.broker_id] = gtt.id
        self.revision += 1

    def owner(self, id: str) -> Gtt | None:
        """Which one has this number at the broker."""
        own = self._by_broker_id.get(BrokerGttId(id))
        return None if own is None else self.gtts[own]

    def working(self) -> list[Gtt]:
        """Those that the broker watches, of ours and of others."""
        return [each for each in self.gtts.values() if each.status.is_working]

    def unsettled(self) -> list[Gtt]:
        return [each for each in self.gtts.values() if not each.status.is_final]
