"""Statistics, days, drawdown, tax and notes over a few trades whose sums are plain to see."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from math import inf, isnan

import pytest

from core.charges.charges import Charges
from core.charges.rates import Segment
from core.clock import IST
from core.errors import RuleBroken
from core.instruments.instrument import Instrument
from core.journal.attribution import Attribution, Mark, added, attribute
from core.journal.books import Books, Trip, books
from core.journal.contracts import Contracts
from core.journal.days import by_day, deepest, equity
from core.journal.notes import TradeNote, note_of, risk_of, setup_of, tags_of
from core.journal.statistics import NO_SETUP, By, grouped, statistics
from core.journal.tax import FinancialYear, tax_year, years
from core.journal.trades import Trade, trades
from core.trading.fills import Fill
from core.trading.requests import Product
from tests.core.journal.fills_of_days import LISTED
from tests.core.trading.samples import CALL, fill

D = Decimal
FUTURE, SHARE = LISTED[4], LISTED[6]


def moment(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=IST)


def both(
    number: int,
    day: date,
    entry: str,
    exit: str,
    *,
    hour: int = 10,
    held: timedelta = timedelta(minutes=10),
    contract: Instrument = CALL,
    product: Product = Product.CARRY,
    sold: bool = False,
) -> list[Fill]:
    """One contract bought and sold again, 65 units."""
    opened = moment(day, hour)
    way = -1 if sold else 1
    more: dict[str, object] = {"key": contract.key, "product": product}
    return [
        fill(number, 65 * way, entry, order_id=f"{number}", at=opened, **more),
        fill(number + 1, -65 * way, exit, order_id=f"{number + 1}", at=opened + held, **more),
    ]


MON, TUE, WED = date(2026, 8, 17), date(2026, 8, 18), date(2026, 8, 19)


@pytest.fixture(scope="module")
def made() -> Books:
    """+650, +1,300, −1,950, +650 before charges; bought twice, sold twice."""
    fills = [
        *both(1, MON, "100", "110"),
        *both(3, MON, "100", "120", hour=11, held=timedelta(hours=1)),
        *both(5, TUE, "100", "130", sold=True, held=timedelta(seconds=30)),
        *both(7, WED, "100", "90", hour=14, sold=True),
    ]
    return books(fills, Contracts((*LISTED, CALL)))


@pytest.fixture(scope="module")
def closed(made: Books) -> list[Trade]:
    return trades(made)


def test_statistics_are_after_charges(closed: list[Trade]) -> None:
    found = statistics(closed)
    nets = [trade.net for trade in reversed(closed)]
    assert [net > 0 for net in nets] == [True, True, False, True]
    assert (found.trades, found.wins, found.losses) == (4, 3, 1)
    assert found.net == sum(nets) == found.gross - found.charges
    assert found.gross == 650
    assert found.win_rate == 0.75
    assert found.profit_factor == pytest.approx(float(-(nets[0] + nets[1] + nets[3]) / nets[2]))
    assert found.expectancy == pytest.approx(float(sum(nets) / 4))
    assert (found.largest_win, found.largest_loss) == (nets[1], nets[2])
    assert (found.win_streak, found.loss_streak, found.streak) == (2, 1, 1)
    assert found.held == (timedelta(minutes=80, seconds=30)) / 4
    assert isnan(found.r)


def test_risk_is_told_in_r_where_a_stop_is_known(closed: list[Trade]) -> None:
    loss = next(trade for trade in closed if trade.net < 0)
    notes = {loss.id: TradeNote(trade=loss.id, risk=D(1_000))}
    found = statistics(closed, notes)
    assert found.r_trades == 1
    assert found.r == pytest.approx(float(loss.net / 1_000))


def test_no_trades_have_no_rates() -> None:
    none = statistics([])
    assert isnan(none.win_rate)
    assert isnan(none.profit_factor)
    assert isnan(none.average_win + none.average_loss + none.expectancy)
    assert none.held is None


def test_only_wins_have_an_endless_profit_factor(closed: list[Trade]) -> None:
    assert statistics([trade for trade in closed if trade.net > 0]).profit_factor == inf


def test_groups_of_trades(closed: list[Trade]) -> None:
    first = closed[-1]
    notes = {first.id: TradeNote(trade=first.id, setup="Breakout", tags=("event", "big"))}

    def names(by: By) -> list[tuple[str, int]]:
        return [(name, each.trades) for name, each in grouped(closed, notes, by)]

    assert names(By.SETUP) == [("Breakout", 1), (NO_SETUP, 3)]
    assert sorted(names(By.TAG)) == [("big", 1), ("event", 1)]
    assert names(By.UNDERLYING) == [("NIFTY", 4)]
    assert names(By.WEEKDAY) == [("Monday", 2), ("Tuesday", 1), ("Wednesday", 1)]
    assert names(By.HOUR) == [("10:00", 2), ("11:00", 1), ("14:00", 1)]
    assert names(By.HOLDING) == [("up to 5 min", 1), ("5–30 min", 2), ("30 min–2 h", 1)]


def test_days_add_up_to_equity_and_drawdown(made: Books) -> None:
    days = by_day(made.trips)
    assert [(each.day, each.trips, each.gross) for each in days] == [
        (MON, 2, D(1_950)),
        (TUE, 1, D(-1_950)),
        (WED, 1, D(650)),
    ]
    line = equity(days)
    assert line[-1].equity == sum(trip.net for trip in made.trips)
    assert line[1].drawdown == days[1].net
    fall = deepest(line)
    assert (fall.depth, fall.peak, fall.trough, fall.recovered) == (days[1].net, MON, TUE, None)
    assert deepest([]).trough is None


def test_a_day_is_that_of_the_exchange() -> None:
    late = both(1, date(2026, 3, 31), "100", "110", hour=15)
    (trip,) = books(late, Contracts([CALL])).trips
    assert trip.day == date(2026, 3, 31)
    assert FinancialYear.of(trip.day).name == "2025-26"
    assert FinancialYear.of(date(2026, 4, 1)).name == "2026-27"


def year_of_everything() -> tuple[Trip, ...]:
    day = date(2026, 6, 2)
    fills = [
        *both(1, day, "100", "110"),
        *both(3, day, "100", "130", sold=True, hour=11),
        *both(5, day, "24000", "24010", contract=FUTURE),
        *both(7, day, "3000", "2990", contract=SHARE, product=Product.INTRADAY),
        *both(9, day, "3000", "3100", contract=SHARE, product=Product.DELIVERY),
        *both(11, date(2026, 3, 30), "100", "101"),
    ]
    return books(fills, Contracts((*LISTED, CALL))).trips


def test_a_tax_year_tells_turnover_results_and_charges_by_segment() -> None:
    trips = year_of_everything()
    assert [year.name for year in years(trips)] == ["2026-27", "2025-26"]
    year = tax_year(trips, FinancialYear(starts=2026))
    by = {each.segment: each for each in year.segments}
    options = by[Segment.OPTION]
    assert (options.gains, options.losses, options.turnover) == (D(650), D(-1_950), D(2_600))
    assert by[Segment.FUTURE].turnover == 650
    assert by[Segment.EQUITY_INTRADAY].turnover == 650
    assert by[Segment.EQUITY_DELIVERY].turnover == 65 * 3_100
    assert year.turnover == D(3_250)
    assert year.net == year.gross - year.charges.total
    assert year.charges.total == sum((t.charges.total for t in trips[1:]), D(0))
    assert "2022" in year.rule.source
    assert tax_year(trips, FinancialYear(starts=2025)).segments[0].trips == 1


def test_before_2021_the_premium_of_what_was_sold_counts_too() -> None:
    old = FinancialYear(starts=2019)
    assert tax_year([], old).rule.with_premium
    with pytest.raises(RuleBroken):
        tax_year([], FinancialYear(starts=2010))


def test_what_is_typed_beside_a_trade_is_checked() -> None:
    assert setup_of("  Iron   fly ") == "Iron fly"
    assert tags_of("event, ,late,event") == ("event", "late")
    assert note_of(" a\nb ") == "a\nb"
    assert risk_of("₹2,500.5") == D("2500.50")
    assert risk_of(" ") is None
    for bad in ("abc", "-5", "0", "1e20", "NaN"):
        with pytest.raises(RuleBroken):
            risk_of(bad)
    for call, text in ((setup_of, "x" * 61), (tags_of, "x" * 61), (note_of, "x" * 10_001)):
        with pytest.raises(RuleBroken):
            call(text)
    assert TradeNote(trade="1").empty
    assert not TradeNote(trade="1", risk=D(1)).empty


def test_an_option_that_only_ages_earns_its_theta() -> None:
    closes_at = moment(date(2026, 8, 25), 15, 40).timestamp()
    now = moment(MON).timestamp()
    marks = [Mark(at=now + 60 * n, forward=24_200.0, iv=0.12) for n in range(300)]
    found = attribute(CALL, -65, 150.0, 145.0, marks, closes_at=closes_at, rate=0.065)
    assert found is not None
    assert (found.delta, found.gamma, found.vega) == (0.0, 0.0, 0.0)
    assert found.theta > 0
    assert found.total == pytest.approx(325.0)
    double = added([found, found])
    assert double == Attribution(
        delta=0.0,
        gamma=0.0,
        vega=0.0,
        theta=2 * found.theta,
        other=2 * found.other,
        marks=300,
    )
    assert attribute(CALL, 65, 1.0, 2.0, marks[:1], closes_at=closes_at, rate=0.065) is None


def test_charges_have_no_sign_of_their_own() -> None:
    assert Charges().total == 0
    (trip,) = books(both(1, MON, "100", "110"), Contracts([CALL])).trips
    assert trip.net < trip.profit
    assert trip.segment is Segment.OPTION
