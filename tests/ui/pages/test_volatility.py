"""The volatility page: what it shows is what the core says, of now and of a recorded minute."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import TypeVar

import numpy as np
import pytest
from nicegui.element import Element
from nicegui.testing import User

from core.analytics.chain_day import minute_of
from core.analytics.chain_snapshot import ChainSnapshot
from core.analytics.rank import percentile, rank
from core.analytics.sides import CALL, IS_CALL
from core.analytics.skew import skew
from core.analytics.volatility_days import VolatilityDay, VolatilitySource
from core.clock import IST
from core.errors import BrokerUnavailable
from core.ids import LOCAL_USER
from core.instruments.calendar import usual_session
from core.instruments.candle import Interval
from core.instruments.expiries import years_left
from core.jobs.table import BACKFILL
from core.pricing.black76 import price
from core.services.chain_picture import live_picture
from core.services.schedule import Daily
from core.services.scheduler import Job, Progress
from core.services.volatility_history import INDIA_VIX
from core.services.volatility_view import vix_of
from core.state.market import Col
from tests.fake_broker import candles
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, FAR_EXPIRY, FORWARD, NEXT_EXPIRY, NIFTY, NOW, STRIKES
from tests.ui.finding import shown
from tests.ui.waiting import say, until
from ui.components import vol_source
from ui.components.board import Board
from ui.components.chart import Chart
from ui.components.data_table import DataTable
from ui.components.time_slider import TimeSlider
from ui.pages import volatility

PAGE = "/volatility"
LADDER = np.array(STRIKES)
E_ = TypeVar("E_", bound=Element)


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def by_test_id(visitor: User, name: str) -> Element:
    return next(e for e in elements(visitor) if e.props.get("data-testid") == name)


def chart(visitor: User, name: str) -> Chart:
    return next(e for e in elements(visitor) if isinstance(e, Chart) and e.name == name)


def table(visitor: User, name: str) -> dict[str, list[str]]:
    found = next(
        e for e in elements(visitor) if isinstance(e, DataTable) and e.props["name"] == name
    )
    return shown(found)


def figure(visitor: User, testid: str) -> tuple[str, float | None, str]:
    """Text, exact number and tooltip of a figure."""
    for board in [e for e in elements(visitor) if isinstance(e, Board)]:
        for cell in board.props["cells"]:
            if cell["testid"] == testid and cell["name"] in board.shown:
                told = board.shown[cell["name"]]
                return told[0], told[5], told[4]
    return "", None, ""


def press(visitor: User, name: str) -> None:
    say(by_test_id(visitor, name), "click", None)


def see(visitor: User, name: str) -> Chart:
    """What a browser says of a chart that is in view."""
    found = chart(visitor, name)
    say(found, "view", {"shown": True, "seq": 10**6, "fresh": False})
    return found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volatility, "PACE", 0.1)
    monkeypatch.setattr(vol_source, "APART", 0.0)


async def opened(visitor: User, address: str = PAGE) -> None:
    await visitor.open(address)
    await until(lambda: len(table(visitor, "move")) == 3, seconds=8)
    await asyncio.sleep(0.1)  # the rest of the panels follows


async def smile(visitor: User) -> Chart:
    found = see(visitor, "smile")
    await until(lambda: len(found.parts.get("fit", ())) > 0)
    return found


def recorded(minute: datetime, vol: float, expiry: date = EXPIRY) -> ChainSnapshot:
    years = years_left(usual_session(expiry).closes_at, minute + timedelta(minutes=1))
    mid = price(FORWARD, LADDER, years, vol, np.exp(-0.065 * years), IS_CALL)
    nothing = np.zeros(mid.shape)
    return ChainSnapshot(
        symbol="NIFTY",
        expiry=expiry,
        minute=minute,
        spot=FORWARD - 20,
        forward=FORWARD,
        future=FORWARD,
        future_oi=1e6,
        strikes=LADDER,
        ltp=mid,
        bid=np.maximum(mid - 0.05, 0.01),
        ask=mid + 0.05,
        volume=nothing,
        oi=nothing,
        iv=np.full(mid.shape, vol),
    )


async def record(desk: FakeDesk, snapshots: Sequence[ChainSnapshot]) -> None:
    await desk.services.snapshots.save(snapshots)
    desk.services.chain_history.take(snapshots)


async def remember(desk: FakeDesk, vols: Sequence[float]) -> None:
    """Sessions before today, the last of `vols` yesterday."""
    days = [
        VolatilityDay(
            symbol="NIFTY",
            day=NOW.date() - timedelta(days=len(vols) - at),
            iv30=vol,
            iv_near=vol,
            forward=FORWARD,
            spot=FORWARD,
            source=VolatilitySource.EXPIRED,
        )
        for at, vol in enumerate(vols)
    ]
    await desk.services.volatility_days.save(days)


def daily(count: int, level: float) -> object:
    midnight = datetime(2026, 11, 18, tzinfo=IST)
    times = [int((midnight - timedelta(days=n)).timestamp()) for n in range(count, 0, -1)]
    closes = level * np.exp(0.01 * np.cos(np.arange(count)))
    return candles(np.array(times, dtype=np.int64), closes)


async def test_the_smile_has_quotes_and_the_fit_of_the_core(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    shown = await smile(visitor)
    s = desk.services
    chains = [s.chains.get("NIFTY", each) for each in (EXPIRY, NEXT_EXPIRY, FAR_EXPIRY)]
    surface = s.smiles.surface("NIFTY", [each for each in chains if each is not None])
    assert surface is not None
    own = surface.of(EXPIRY)
    assert own is not None
    np.testing.assert_allclose(shown.parts["fit"], own.vol(shown.parts["x"]), rtol=1e-9)
    for side in ("calls", "puts", "mid"):
        assert np.nanmedian(shown.parts[side]) == pytest.approx(0.12, abs=0.005)
    labels = [mark.label.rpartition(" ")[0] for mark in shown._marks]
    assert labels == ["spot", "fwd", "25Δ P", "25Δ C"]
    assert figure(visitor, "fit-rms")[1] == pytest.approx(surface.fits[0].miss)
    assert figure(visitor, "fit-arbitrage")[0] == "none"


async def test_the_axis_is_chosen_and_remembered(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    shown = await smile(visitor)
    strikes = shown.parts["x"]
    press(visitor, "volatility-axis-moneyness")
    chain = desk.services.chains.get("NIFTY", EXPIRY)
    assert chain is not None
    np.testing.assert_allclose(shown.parts["x"], np.log(strikes / chain.forward))
    press(visitor, "volatility-axis-delta")
    assert np.all(np.diff(shown.parts["x"]) <= 0)
    assert 0.4 < np.interp(chain.forward, strikes, shown.parts["x"]) < 0.6
    await asyncio.sleep(0.05)  # choices are written behind
    known = await desk.services.preferences.all(LOCAL_USER)
    assert known["volatility.axis"] == "delta"


async def test_several_expiries_lie_over_one_another(visitor: User) -> None:
    await opened(visitor)
    shown = await smile(visitor)
    press(visitor, f"expiry-{FAR_EXPIRY}")
    await until(lambda: f"fit-{FAR_EXPIRY}" in shown.parts)
    assert {f"fit-{EXPIRY}", f"mid-{EXPIRY}", f"mid-{FAR_EXPIRY}"} <= set(shown.parts)
    assert [series["id"] for series in shown.option["series"]][::2] == [
        f"fit-{EXPIRY}",
        f"fit-{FAR_EXPIRY}",
    ]


async def test_yesterday_is_a_ghost_beside_today(visitor: User, desk: FakeDesk) -> None:
    close = datetime(2026, 11, 17, 15, 29, tzinfo=IST)
    await record(desk, [recorded(close - timedelta(minutes=1), 0.3), recorded(close, 0.2)])
    await opened(visitor)
    shown = await smile(visitor)
    await until(lambda: np.isfinite(shown.parts["ghost"]).all())
    np.testing.assert_allclose(shown.parts["ghost"], 0.2, atol=2e-3)
    assert figure(visitor, "smile-ghost")[0] == "17 Nov 15:30"


async def test_without_a_record_of_yesterday_it_says_so(visitor: User) -> None:
    await opened(visitor)
    await smile(visitor)
    assert figure(visitor, "smile-ghost")[0] == "none recorded"
    assert "not recorded" in figure(visitor, "smile-ghost")[2]


async def test_term_structure_and_skew_are_those_of_the_smiles(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    rows = table(visitor, "term")
    assert list(rows) == [str(EXPIRY), str(NEXT_EXPIRY), str(FAR_EXPIRY)]
    s = desk.services
    chains = [s.chains.get("NIFTY", each) for each in (EXPIRY, NEXT_EXPIRY, FAR_EXPIRY)]
    surface = s.smiles.surface("NIFTY", [each for each in chains if each is not None])
    assert surface is not None
    lean = skew(surface.smiles[2])
    assert rows[str(FAR_EXPIRY)][2] == f"{100 * lean.atm:.2f}"
    assert float(rows[str(FAR_EXPIRY)][4]) == pytest.approx(100 * lean.rr25, abs=0.006)
    assert float(rows[str(FAR_EXPIRY)][3]) == pytest.approx(12.0, abs=0.2)


async def test_a_rank_is_that_of_the_sessions(visitor: User, desk: FakeDesk) -> None:
    vols = [0.10 + 0.001 * n for n in range(40)]
    await remember(desk, vols)
    desk.history.candles[INDIA_VIX] = daily(260, 12.0)  # type: ignore[assignment]
    await opened(visitor)
    await until(lambda: figure(visitor, "rank-iv")[1] is not None)
    now = figure(visitor, "now-iv")[1]
    assert now == pytest.approx(0.12, abs=0.003)
    assert figure(visitor, "rank-iv")[1] == pytest.approx(rank(vols, now, 30))
    assert figure(visitor, "percentile-iv")[1] == pytest.approx(percentile(vols, now, 30))
    press(visitor, "volatility-sessions-60")
    assert figure(visitor, "rank-iv")[1] == pytest.approx(rank(vols, now))
    assert "over 40 sessions" in figure(visitor, "rank-iv")[2]
    assert isfinite(figure(visitor, "rank-vix")[1] or np.nan)
    await visitor.should_see("40 sessions: 40 back-filled from closes of expired contracts")


async def test_too_few_sessions_give_no_rank_but_a_way_to_get_them(
    visitor: User, desk: FakeDesk
) -> None:
    ran = []

    async def fill(_: Progress) -> str:
        ran.append(True)
        await remember(desk, [0.11 + 0.001 * n for n in range(35)])
        return "filled"

    schedule = Daily(at=time(18, 30))
    job = Job(name=BACKFILL, title="Back-fill", schedule=schedule, run=fill)
    desk.services.scheduler.add(job)
    await remember(desk, [0.12] * 12)
    await opened(visitor)
    await until(lambda: figure(visitor, "now-iv")[0] != "")
    assert figure(visitor, "rank-iv")[:2] == ("–", None)
    assert "12 of 30 sessions" in figure(visitor, "rank-iv")[2]
    await visitor.should_see("12 of 30 sessions on record")
    press(visitor, "backfill")
    await until(lambda: figure(visitor, "rank-iv")[1] is not None, seconds=8)
    assert ran == [True]


async def test_realised_volatility_is_from_the_bars_and_its_window_is_chosen(
    visitor: User, desk: FakeDesk
) -> None:
    bars = daily(200, 24_000.0)
    desk.history.candles[NIFTY] = bars  # type: ignore[assignment]
    await opened(visitor)
    await until(lambda: figure(visitor, "rv-close")[1] is not None)
    returns = np.diff(np.log(bars.close))  # type: ignore[attr-defined]
    expected = np.std(returns[-20:], ddof=1) * np.sqrt(252)
    assert figure(visitor, "rv-close")[1] == pytest.approx(expected)
    press(visitor, "volatility-window-60")
    expected = np.std(returns[-60:], ddof=1) * np.sqrt(252)
    assert figure(visitor, "rv-close")[1] == pytest.approx(expected)
    assert chart(visitor, "cone").parts["atm"].shape == (3, 2)


async def test_bars_that_cannot_be_had_are_said(visitor: User, desk: FakeDesk) -> None:
    desk.history.fails = BrokerUnavailable("the history does not answer")
    await opened(visitor)
    await visitor.should_see("Daily bars cannot be had: the history does not answer")


async def test_bars_on_record_are_shown_though_newer_ones_cannot_be_had(
    visitor: User, desk: FakeDesk
) -> None:
    await desk.services.candles.upsert(NIFTY, Interval.DAY, daily(60, 24_000.0))  # type: ignore[arg-type]
    desk.history.fails = BrokerUnavailable("the history does not answer")
    await opened(visitor)
    await until(lambda: figure(visitor, "rv-close")[1] is not None)
    await visitor.should_see("Daily bars cannot be had: the history does not answer")


async def test_expected_moves_are_straddle_and_sigma(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    row = table(visitor, "move")[str(EXPIRY)]
    chain = desk.services.chains.get("NIFTY", EXPIRY)
    assert chain is not None
    assert float(row[1].replace(",", "")) == pytest.approx(chain.straddle, abs=0.06)
    assert float(row[2].replace(",", "")) == pytest.approx(0.85 * chain.straddle, abs=0.06)
    assert float(row[3].replace(",", "")) == pytest.approx(chain.expected_move, rel=0.02)


async def test_the_index_stands_beside_its_method(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    await until(lambda: figure(visitor, "vix-index")[0] == "12.40")
    s = desk.services
    near, following = (s.chains.get("NIFTY", each) for each in (EXPIRY, FAR_EXPIRY))
    assert near is not None
    assert following is not None
    pictures = [live_picture(c, s.market, desk.clock.now(), s.rate) for c in (near, following)]
    assert figure(visitor, "vix-ours")[1] == pytest.approx(vix_of(*pictures))
    apart = vix_of(*pictures) - 12.4
    assert figure(visitor, "vix-difference")[1] == pytest.approx(apart)
    assert INDIA_VIX in desk.feed.wanted


async def test_a_recorded_minute_is_shown_from_the_record(visitor: User, desk: FakeDesk) -> None:
    minute = datetime(2026, 11, 18, 9, 40, tzinfo=IST)
    await record(desk, [recorded(minute, 0.2), recorded(minute, 0.24, NEXT_EXPIRY)])
    await opened(visitor)
    shown = await smile(visitor)
    slider = next(e for e in elements(visitor) if isinstance(e, TimeSlider))
    say(slider, "minute", minute_of(minute))
    await until(lambda: shown._now is None and shown.at == minute + timedelta(minutes=1))
    np.testing.assert_allclose(shown.parts["fit"], 0.2, atol=2e-3)
    assert list(table(visitor, "term")) == [str(EXPIRY), str(NEXT_EXPIRY)]
    assert figure(visitor, "expiries-open")[0] == "2 recorded"
    assert figure(visitor, "vix-index")[:2] == ("–", None)
    say(slider, "live", None)
    await until(lambda: len(table(visitor, "term")) == 3)
    assert np.nanmedian(shown.parts["fit"]) == pytest.approx(0.12, abs=0.005)


async def test_an_expiry_that_cannot_be_opened_is_named(
    visitor: User, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = type(desk.services.chain_keeper)
    usual = keeper.open

    async def refused(self: object, viewer: str, symbol: str, expiry: date) -> object:
        if expiry == FAR_EXPIRY:
            raise BrokerUnavailable("try later")
        return await usual(desk.services.chain_keeper, viewer, symbol, expiry)

    monkeypatch.setattr(keeper, "open", refused)
    await visitor.open(PAGE)
    await until(lambda: figure(visitor, "expiries-open")[0] == "2 of 3", seconds=8)
    await until(lambda: "try later" in figure(visitor, "expiries-open")[2])


async def test_new_prices_move_the_smile(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    shown = await smile(visitor)
    chain = desk.services.chains.get("NIFTY", EXPIRY)
    assert chain is not None
    before = shown.parts["calls"].copy()
    desk.clock.advance(timedelta(seconds=5))
    at = len(LADDER) // 2
    key = chain.keys[CALL][at]
    assert key is not None
    row = desk.services.market.row(key)
    bid = float(desk.services.market.values[row, Col.BID])
    desk.feed.say(key, {Col.BID: bid + 20, Col.ASK: bid + 21, Col.LTP: bid + 20})
    await until(lambda: not np.array_equal(shown.parts["calls"], before, equal_nan=True))


async def test_leaving_lets_every_chain_go(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    assert len(desk.services.chains.open) == 3
    assert visitor.client is not None
    left = visitor.client
    await visitor.open("/settings")
    for client in list(type(left).instances.values()):
        if client is not visitor.client:
            client.delete()
    await until(lambda: not desk.services.chains.open)


async def test_an_unknown_underlying_says_so(visitor: User) -> None:
    await visitor.open(f"{PAGE}?symbol=NOSUCH")
    await visitor.should_see("There are no options on “NOSUCH”.")


async def test_an_expiry_in_the_address_is_chosen(visitor: User) -> None:
    await opened(visitor, f"{PAGE}?expiry={NEXT_EXPIRY}")
    assert "here" in by_test_id(visitor, f"expiry-{NEXT_EXPIRY}").classes
    assert "here" not in by_test_id(visitor, f"expiry-{EXPIRY}").classes
