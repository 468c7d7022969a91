from core.ids import LOCAL_USER
from core.services.risk_controls import LIMITS, RISK
from core.services.strategy_runner import KEPT, USER
from data.replay.no_broker import ReplayPreferences
from tests.fakes import MemoryPreferences


async def test_a_replay_leaves_the_live_desks_strategies_and_limits_alone() -> None:
    kept = MemoryPreferences()
    await kept.set(USER, KEPT, [{"id": "live"}])
    await kept.set(RISK, LIMITS, {"order_lots": 5})
    replayed = ReplayPreferences(kept)
    assert await replayed.all(USER) == {}
    assert await replayed.all(RISK) == {LIMITS: {"order_lots": 5}}
    await replayed.set(USER, KEPT, [{"id": "replayed"}])
    await replayed.set(RISK, LIMITS, {"order_lots": 1})
    await replayed.set(LOCAL_USER, "theme", "light")
    assert await replayed.all(USER) == {KEPT: [{"id": "replayed"}]}
    assert await kept.all(USER) == {KEPT: [{"id": "live"}]}
    assert await kept.all(RISK) == {LIMITS: {"order_lots": 5}}
    assert await kept.all(LOCAL_USER) == {"theme": "light"}
