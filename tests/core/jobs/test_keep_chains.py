from datetime import timedelta

from core.jobs.keep_chains import KEEP_CHAINS, keep_chains
from core.ports.repositories import RunResult
from tests.core.analytics.chain_minutes import EXPIRY, snapshot
from tests.fake_desk import make_desk
from tests.fake_universe import NOW


async def test_what_was_recorded_on_days_that_are_over_becomes_files():
    desk = make_desk(now=NOW + timedelta(days=1))
    s = desk.services
    await s.snapshots.save([snapshot(0), snapshot(1)])
    s.scheduler.add(keep_chains(s.option_history, s.calendar))
    s.scheduler.run_now(KEEP_CHAINS)
    await s.scheduler.until_idle()
    (run,) = await s.scheduler.history()
    assert (run.result, run.message) == (RunResult.OK, "1 recorded chains kept as files")
    await s.snapshots.forget(NOW + timedelta(days=9))
    chain = await s.option_history.chain("NIFTY", EXPIRY, NOW.date())
    assert chain is not None
    assert len(chain) == 2
