"""What runs by itself, as the desk remembers it."""

from datetime import timedelta

from core.state.executions import ExecutionState
from core.trading.executions import Phase
from tests.data.repositories.test_executions import NOW, basket_run, slice_run


def test_a_new_day_forgets_what_is_over_and_keeps_what_waits() -> None:
    state = ExecutionState()
    for each in (
        basket_run("done", phase=Phase.DONE),
        basket_run("left", phase=Phase.INTERRUPTED),
        slice_run("runs", phase=Phase.RUNNING),
        slice_run("new", 2, Phase.DONE),
    ):
        state.put(each)
    state.leave_behind(NOW + timedelta(hours=1))
    assert set(state.runs) == {"left", "runs", "new"}
    assert [run.id for run in state.slices()] == ["new", "runs"]
    assert [run.id for run in state.live()] == ["runs"]
