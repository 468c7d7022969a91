"""The side of a desk for orders good till triggered: its services, and what must run."""

from dataclasses import dataclass

from core.clock import Clock
from core.ports.gtt import GttDoor, GttRepository
from core.services.gtt_books import GttBooks
from core.services.gtt_desk import PATIENCE, GttDesk
from core.services.gtt_records import GttRecords
from core.services.gtt_watch import SETTLED_AFTER, GttWatch
from core.services.order_desk import OrderDesk
from core.services.order_pace import OrderPace
from core.services.risk_gate import RiskGate
from core.state.gtts import GttState
from core.state.notices import Notices
from core.state.trading import TradingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Gtts:
    """What pages may look at and ask: `desk` places, modifies and cancels, `state` is what is
    known, `kept` the memory of all that ever were."""

    desk: GttDesk
    watch: GttWatch
    state: GttState
    kept: GttRepository


def make_gtts(
    *,
    door: GttDoor,
    kept: GttRepository,
    desk: OrderDesk,
    gate: RiskGate,
    pace: OrderPace,
    trading: TradingState,
    clock: Clock,
    notices: Notices,
    patience: float = PATIENCE,
    settled_after: float = SETTLED_AFTER,
) -> Gtts:
    """Joined to the order desk: it hands on what its stream says of them, and asks whose an order
    is that it did not send. Call it after the reconciler was made; `watch.run` must run."""
    state = GttState()
    records = GttRecords(kept, state, clock)
    books = GttBooks(records=records, state=state, trading=trading, clock=clock, notices=notices)
    gtt_desk = GttDesk(
        door=door,
        gate=gate,
        pace=pace,
        records=records,
        books=books,
        state=state,
        trading=trading,
        clock=clock,
        patience=patience,
    )
    watch = GttWatch(
        door=door,
        desk=gtt_desk,
        books=books,
        records=records,
        gtts=kept,
        state=state,
        trading=trading,
        clock=clock,
        settled_after=settled_after,
    )
    reconcile = desk.unsure

    def both() -> None:
        reconcile()
        watch.soon()

    desk.unsure, desk.hear_gtt, desk.birth_of = both, books.hear, books.birth_of
    return Gtts(desk=gtt_desk, watch=watch, state=state, kept=kept)
