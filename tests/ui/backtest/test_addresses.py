"""Where a trade leads to."""

from datetime import UTC, datetime

from core.backtest.report import Report
from core.backtest.run import Plan, Run
from core.ids import InstrumentKey
from core.instruments.instrument import Right
from core.instruments.recorded import option_key
from tests.ui.backtest.samples import KEY, START, a_year, trade
from ui.backtest.addresses import trade_address
from ui.backtest.opened import Opened

AT = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)
RUN = Run(
    id="bt1",
    name="x",
    plan=Plan(strategy="x", first=AT.date(), last=AT.date(), interval="15m"),
    created_at=AT,
)
OPTION = option_key("NIFTY", datetime(2026, 6, 2, tzinfo=UTC).date(), Right.CALL, 24_000.0)


def opened(*listed: InstrumentKey) -> Opened:
    report = Report(result=a_year(), metrics={})
    return Opened(run=RUN, report=report, names=dict.fromkeys(listed, "x"))


def test_a_trade_leads_to_its_chart_where_it_was_entered() -> None:
    assert trade_address(trade(0, 5.0), opened()) == (
        f"/chart/NSE_INDEX%7CNifty%2050?at={START}&interval=15m&run=bt1"
    )
    listed = trade(0, 5.0, key=OPTION)
    assert trade_address(listed, opened(OPTION)).startswith("/chart/NSE_FO%7C")


def test_an_expired_option_leads_to_the_chain_of_that_day() -> None:
    gone = trade(0, 5.0, key=OPTION, entered_at=int(AT.timestamp()))
    assert trade_address(gone, opened(KEY)) == (
        "/history?symbol=NIFTY&day=2026-06-01&expiry=2026-06-02"
    )
