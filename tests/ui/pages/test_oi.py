"""The page of open interest, as a user meets it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from nicegui.element import Element
from nicegui.testing import User

from core.analytics.chain_snapshot import ChainSnapshot
from core.analytics.exposure import Dealers, chain_exposures
from core.analytics.max_pain import max_pain
from core.analytics.open_interest import put_call_ratio
from core.ids import LOCAL_USER
from core.state.chains import CALL, PUT, LiveChain
from core.state.market import Col
from tests.core.analytics.chain_minutes import OPENING, snapshot
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, FUTURE, NEXT_EXPIRY, SPOT, STRIKES
from tests.ui.finding import one, shown
from tests.ui.waiting import say, until
from ui.components import time_slider
from ui.components.board import Board
from ui.components.chart import Chart
from ui.components.time_slider import TimeSlider
from ui.pages import oi


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_slider, "GROWTH", 0.05)
    monkeypatch.setattr(oi, "GROWTH", 0.05)
    monkeypatch.setattr(oi, "PACE", 0.05)


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def header(visitor: User) -> Board:
    return next(e for e in elements(visitor) if isinstance(e, Board) and "oi-header" in e.classes)


def board(visitor: User, figure: str) -> Board:
    """The board that has this figure."""
    boards = [e for e in elements(visitor) if isinstance(e, Board)]
    return next(e for e in boards if any(c["name"] == figure for c in e.props["cells"]))


def chart(visitor: User, name: str) -> Chart:
    return next(e for e in elements(visitor) if isinstance(e, Chart) and e.name == name)


def by_test_id(visitor: User, name: str) -> Any:
    return next(e for e in elements(visitor) if e.props.get("data-testid") == name)


def press(visitor: User, name: str) -> None:
    say(by_test_id(visitor, name), "click", None)


def said(visitor: User) -> str:
    return str(by_test_id(visitor, "oi-said").text)


async def opened(visitor: User, desk: FakeDesk, address: str = "/oi") -> LiveChain:
    await visitor.open(address)
    await until(lambda: bool(header(visitor).shown))
    chain = desk.services.chains.get("NIFTY", EXPIRY)
    assert chain is not None
    await until(lambda: chain.filled)
    return chain


def oi_of(desk: FakeDesk, chain: LiveChain) -> Any:
    return desk.services.market.values[chain.rows, Col.OI]


def minute(number: int, *, days_ago: int = 0, expiry: date = EXPIRY) -> ChainSnapshot:
    """Of the desk's own strikes; open interest grows by 65 a minute on the calls."""
    made = snapshot(number - 1440 * days_ago, STRIKES, expiry=expiry)
    oi = np.full((2, len(STRIKES)), 650.0) + np.array([[65.0], [0.0]]) * number
    oi[CALL, 20] += 6_500
    oi[PUT, 5] += 6_500
    return replace(made, oi=oi)


async def record(desk: FakeDesk, minutes: Sequence[int], *, days_ago: int = 0) -> None:
    taken = [minute(number, days_ago=days_ago) for number in minutes]
    await desk.services.snapshots.save(taken)
    desk.services.chain_history.take(taken)


def look_at(visitor: User, number: int) -> None:
    slider = next(e for e in elements(visitor) if isinstance(e, TimeSlider))
    say(slider, "minute", int(OPENING.timestamp()) // 60 + number)


async def test_the_headline_numbers_are_those_of_the_chain(visitor: User, desk: FakeDesk) -> None:
    chain = await opened(visitor, desk)
    oi = oi_of(desk, chain)
    figures = header(visitor).shown
    assert figures["pcr"][5] == put_call_ratio(oi[CALL], oi[PUT])
    assert figures["pain"][5] == max_pain(chain.strikes, oi[CALL], oi[PUT])
    assert figures["spot"][5] == SPOT
    assert figures["calls"][5] == np.nansum(oi[CALL])
    net = chain_exposures(
        chain.strikes,
        oi,
        spot=chain.spot,
        forward=chain.forward,
        years=chain.years,
        vol=chain.iv,
    )
    assert figures["gex"][5] == pytest.approx(net.net, rel=0.01)
    assert net.assumption in figures["gex"][4]


async def test_bars_are_open_interest_and_its_change_since_yesterday(
    visitor: User, desk: FakeDesk
) -> None:
    chain = await opened(visitor, desk)
    bars, change = chart(visitor, "oi-by-strike"), chart(visitor, "oi-change-by-strike")
    await until(lambda: bool(np.isfinite(change.parts["calls"]).all()))
    oi = oi_of(desk, chain)
    first = int(np.flatnonzero(chain.strikes == bars.parts["x"][0])[0])
    window = slice(first, first + len(bars.parts["x"]))
    assert bars.parts["puts"].tolist() == oi[PUT, window].tolist()
    assert change.parts["calls"] == pytest.approx(oi[CALL, window] * 0.1)
    assert bars.parts["calls-then"] == pytest.approx(oi[CALL, window] * 0.9)
    assert "the close of Tue 17 Nov 2026" in said(visitor)


async def test_walls_are_told_with_their_distance_and_share(visitor: User, desk: FakeDesk) -> None:
    chain = await opened(visitor, desk)
    oi = oi_of(desk, chain)
    rows = shown(one(visitor, "oi-wall"))
    highest = float(chain.strikes[oi[CALL].argmax()])
    assert rows["resistance-1"][:2] == ["Resistance 1", f"{highest:,.0f}"]
    assert rows["resistance-1"][2] == f"{(highest / SPOT - 1) * 100:+.1f}%"
    assert rows["resistance-1"][5] == f"{oi[CALL].max() / oi[CALL].sum() * 100:.1f}%"


async def test_change_since_an_earlier_minute_of_the_day(visitor: User, desk: FakeDesk) -> None:
    await record(desk, range(5))
    await opened(visitor, desk)
    press(visitor, "oi-since-open")
    change = chart(visitor, "oi-change-by-strike")
    now = desk.services.chains.get("NIFTY", EXPIRY)
    assert now is not None
    oi = oi_of(desk, now)
    at = int(np.flatnonzero(now.strikes == change.parts["x"][0])[0])
    await until(lambda: change.parts["calls"][0] == oi[CALL, at] - 650)
    assert "since 09:16:00 of Wed 18 Nov 2026" in said(visitor)


async def test_what_is_not_recorded_is_said_and_not_invented(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, desk)
    press(visitor, "oi-since-60m")
    assert "Nothing is recorded of this day yet." in said(visitor)
    assert np.isnan(chart(visitor, "oi-change-by-strike").parts["calls"]).all()


async def test_a_recorded_minute_shows_its_own_numbers(visitor: User, desk: FakeDesk) -> None:
    await record(desk, range(5))
    await opened(visitor, desk)
    look_at(visitor, 3)
    taken = minute(3)
    figures = header(visitor).shown
    await until(lambda: figures["spot"][5] == taken.spot)
    assert figures["pcr"][5] == put_call_ratio(taken.oi[CALL], taken.oi[PUT])
    assert figures["resistance"][5] == STRIKES[20]
    assert figures["support"][5] == STRIKES[5]
    assert "09:19:00 IST, recorded" in figures["spot"][4]
    assert chart(visitor, "oi-by-strike").stamp == {
        "at": (OPENING + timedelta(minutes=4)).timestamp() * 1000,
        "age": 0.0,
        "recorded": True,
    }


async def test_a_recorded_day_is_compared_with_the_one_before(
    visitor: User, desk: FakeDesk
) -> None:
    await record(desk, range(3), days_ago=2)
    await record(desk, range(8), days_ago=1)
    await opened(visitor, desk)
    slider = next(e for e in elements(visitor) if isinstance(e, TimeSlider))
    say(slider, "day", "2026-11-17")
    change = chart(visitor, "oi-change-by-strike")
    await until(lambda: "Mon 16 Nov 2026, as last recorded" in said(visitor))
    assert set(change.parts["calls"].tolist()) == {5 * 65.0}
    assert set(change.parts["puts"].tolist()) == {0.0}


async def test_the_lines_are_the_walls_until_bars_are_clicked(
    visitor: User, desk: FakeDesk
) -> None:
    await record(desk, range(5))
    await opened(visitor, desk, "/oi?view=time")
    lines = chart(visitor, "oi-over-time")
    await until(lambda: "spot" in lines.parts)
    ids = [series["id"] for series in lines.option["series"]]
    assert len(ids) == 8  # three walls a side, spot and future
    assert [id[-2:] for id in ids[:6]] == ["CE"] * 3 + ["PE"] * 3
    say(chart(visitor, "oi-pick"), "pick", {"series": "puts", "index": 0, "value": [23_600, -1]})
    await until(lambda: "23600PE" in lines.parts)
    assert lines.parts["23600PE"][:5].tolist() == [650.0] * 5
    assert len(lines.parts["23600PE"]) == 6  # and now
    await asyncio.sleep(0)
    kept = await desk.services.preferences.all(LOCAL_USER)
    assert "23600PE" in str(kept[f"oi.lines.NIFTY.{EXPIRY}"])


async def test_the_heat_map_is_the_change_by_minute_and_strike(
    visitor: User, desk: FakeDesk
) -> None:
    await record(desk, range(5))
    await opened(visitor, desk, "/oi?view=time")
    press(visitor, "oi-since-open")
    heat = chart(visitor, "oi-heat")
    await until(lambda: heat.parts.get("heat", np.empty(0)).shape[:1] == (5,))
    assert heat.parts["heat"][4, 3] == -4 * 65  # calls were added: puts less calls
    press(visitor, "oi-heat-calls")
    assert heat.parts["heat"][4, 3] == 4 * 65


async def test_trends_follow_the_record_and_end_now(visitor: User, desk: FakeDesk) -> None:
    await record(desk, range(5))
    await opened(visitor, desk, "/oi?view=trends")
    ratio = chart(visitor, "oi-trend-pcr")
    await until(lambda: len(ratio.parts.get("pcr", ())) == 6)
    taken = minute(2)
    assert ratio.parts["pcr"][2] == put_call_ratio(taken.oi[CALL], taken.oi[PUT])
    assert ratio.parts["pcr"][5] == header(visitor).shown["pcr"][5]
    await record(desk, [5])
    await until(lambda: len(ratio.parts["pcr"]) == 7)
    assert "6 minutes" in said(visitor)


async def test_without_a_record_the_trends_say_so(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, desk, "/oi?view=trends")
    await until(lambda: "Nothing recorded of this day yet" in said(visitor))
    assert "recorded once a minute" in chart(visitor, "oi-trend-gex").props["empty"]


async def test_build_ups_are_counted_and_sorted(visitor: User, desk: FakeDesk) -> None:
    chain = await opened(visitor, desk, "/oi?view=build-up")
    table = one(visitor, "build-up")
    counts = board(visitor, "LB")
    # every price fell by five, every open interest grew by a ninth
    await until(lambda: (counts.shown.get("SB") or ("",))[0] == str(len(STRIKES)))
    assert "±0.5% in price" in said(visitor)
    say(table, "sort", "CE-oi")
    oi = oi_of(desk, chain)
    assert table.rows[0].id == f"{chain.strikes[oi[CALL].argmax()]:g}"
    say(table, "sort", "CE-oi")
    assert table.rows[0].id == f"{chain.strikes[oi[CALL].argmin()]:g}"
    assert table.props["sorted"] == "CE-oi ↑"
    say(table, "sort", "PE-price")
    assert table.rows[0].id == f"{chain.strikes[-1]:g}"  # of the puts the highest strike's


async def test_the_future_has_a_reading_once_its_earlier_interest_is_known(
    visitor: User, desk: FakeDesk
) -> None:
    await record(desk, range(5))
    await opened(visitor, desk, "/oi?view=build-up")
    figures = board(visitor, "future")
    await until(lambda: "its earlier OI is not known" in figures.shown["future"][2])
    desk.feed.say(FUTURE, {Col.OI: 2e6})
    press(visitor, "oi-since-open")
    await until(lambda: figures.shown["future"][2] == "Long build-up")


async def test_another_assumption_turns_the_gamma(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, desk, "/oi?view=gamma")
    figures = header(visitor)
    before = figures.shown["gex"][5]
    assert before is not None
    assert by_test_id(visitor, "gex-assumption").text.startswith(
        Dealers.LONG_CALLS_SHORT_PUTS.assumption
    )
    press(visitor, "oi-dealers-short-calls")
    assert figures.shown["gex"][5] == pytest.approx(-before)
    assert by_test_id(visitor, "gex-assumption").text.startswith(
        Dealers.SHORT_CALLS_LONG_PUTS.assumption
    )
    profile = chart(visitor, "gex-profile")
    assert len(profile.parts["net"]) == len(profile.parts["x"]) == 60


async def test_bars_of_exposure_follow_the_chosen_greek(visitor: User, desk: FakeDesk) -> None:
    chain = await opened(visitor, desk, "/oi?view=gamma")
    bars = chart(visitor, "gex-by-strike")
    await until(lambda: "net" in bars.parts)
    press(visitor, "oi-greek-delta")
    at = int(np.flatnonzero(chain.strikes == bars.parts["x"][0])[0])
    found = chain_exposures(
        chain.strikes,
        oi_of(desk, chain),
        spot=chain.spot,
        forward=chain.forward,
        years=chain.years,
        vol=chain.iv,
        discount=1.0,
    )
    assert bars.parts["calls"][0] == pytest.approx(found.delta[CALL, at], rel=0.01)


async def test_the_expiry_desk_says_how_far_it_is(visitor: User, desk: FakeDesk) -> None:
    await record(desk, range(5))
    await opened(visitor, desk, "/oi?view=expiry")
    assert "Expires in 5 days" in said(visitor)
    figures = board(visitor, "pays")
    assert figures.text("left").startswith("5 d 5 h")
    down, up = figures.text("pays").split(" / ")
    assert (down[0], up[0]) == ("-", "+")
    rows = shown(one(visitor, "expiry-risk"))
    assert set(rows) == {"-0.0100", "-0.0050", "-0.0025", "+0.0025", "+0.0050", "+0.0100"}
    bought, sold = rows["+0.0100"][2:]
    assert bought.strip("+") == sold.strip("-")
    ranges = shown(one(visitor, "expiry-range"))
    assert list(ranges) == ["pin", "walls", "straddle", "cluster"]
    decay = chart(visitor, "expiry-decay").parts
    assert len(decay["recorded"]) == 5
    assert (np.diff(decay["now"][:, 1]) < 0).all()


async def test_futures_have_basis_and_roll(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, desk, "/oi?view=futures")
    table = one(visitor, "future")
    await until(lambda: len(table.rows) == 3)
    await until(lambda: shown(table)["2026-11-23"][1] == "24,230.00")
    near = shown(table)["2026-11-23"]
    assert near[2] == "+20.00"
    assert shown(table)["2026-12-29"][6] == "0.00"  # both futures stand at one price


async def test_a_mispriced_synthetic_is_flagged_net_of_its_costs(
    visitor: User, desk: FakeDesk
) -> None:
    chain = await opened(visitor, desk, "/oi?view=futures")
    table = one(visitor, "parity")
    await until(lambda: "24200" in shown(table))
    assert "EXECUTABLE" not in shown(table)["24200"][7]
    at = int(np.flatnonzero(chain.strikes == 24_200.0)[0])
    key = chain.keys[CALL][at]
    assert key is not None
    bid = desk.services.market.get(key, Col.BID)
    desk.feed.say(key, {Col.BID: bid + 2.2, Col.ASK: bid + 3.2})
    await until(lambda: shown(table)["24200"][7].endswith("costs more than it brings"))
    desk.feed.say(key, {Col.BID: bid + 60, Col.ASK: bid + 61})
    await until(lambda: shown(table)["24200"][7].startswith("EXECUTABLE: Sell call, buy put"))


async def test_view_chain_and_window_are_remembered(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, desk, f"/oi?symbol=NIFTY&expiry={NEXT_EXPIRY}&view=gamma".replace(
        str(NEXT_EXPIRY), str(EXPIRY)
    ))  # fmt: skip
    press(visitor, "oi-window-10")
    press(visitor, f"expiry-{NEXT_EXPIRY}")
    await until(lambda: desk.services.chains.get("NIFTY", NEXT_EXPIRY) is not None)
    await asyncio.sleep(0.1)
    await visitor.open("/oi")
    await until(lambda: bool(header(visitor).shown))
    bars = chart(visitor, "gex-by-strike")
    await until(lambda: len(bars.parts.get("x", ())) == 21)
    assert "here" in by_test_id(visitor, f"expiry-{NEXT_EXPIRY}").classes


async def test_leaving_lets_the_chain_go(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, desk, "/oi?view=futures")
    await visitor.open("/settings")
    assert visitor.client is not None
    for client in list(type(visitor.client).instances.values()):
        if client is not visitor.client:
            client.delete()
    await until(lambda: desk.services.chains.get("NIFTY", EXPIRY) is None)
    await until(lambda: FUTURE not in desk.feed.wanted)


async def test_an_underlying_without_options_is_said(visitor: User) -> None:
    await visitor.open("/oi?symbol=NOSUCH")
    await visitor.should_see("There are no options on “NOSUCH”.")
