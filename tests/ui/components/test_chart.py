"""What a chart tells its browser, and when it says nothing."""

from datetime import timedelta
from math import nan

import numpy as np
import pytest
from nicegui import ui
from nicegui.testing import User

from tests.fake_universe import NOW
from tests.ui.waiting import say, until
from ui.components import chart_theme as theme
from ui.components.chart import MAX_BEHIND, Chart, Mark, delta

SMILE = theme.lines(
    [theme.line("fit", "Fit", "share"), theme.line("mid", "Mid", "share")],
    x=theme.axis("strike"),
    y=theme.axis("share"),
)


@pytest.fixture
async def chart(user: User) -> Chart:
    """On a page, not yet seen by anybody."""
    made: list[Chart] = []

    @ui.page("/")
    def page() -> None:
        made.append(Chart(SMILE, name="smile", title="Smile", subject="NIFTY"))

    await user.open("/")
    return made[0]


def see(chart: Chart, *, shown: bool = True, seq: int = 0, fresh: bool = False) -> None:
    say(chart, "view", {"shown": shown, "seq": seq, "fresh": fresh})


def test_the_first_numbers_are_sent_whole() -> None:
    assert delta(None, np.array([1.0, 2.0])) == {"n": 2, "v": [1.0, 2.0]}


def test_nothing_is_sent_when_nothing_changed() -> None:
    same = np.array([1.0, nan, 3.0])
    assert delta(same, same.copy()) is None


def test_only_rows_that_differ_are_sent() -> None:
    before = np.arange(10.0)
    now = before.copy()
    now[3] = 7.5
    assert delta(before, now) == {"n": 10, "i": [3], "v": [7.5]}


def test_a_series_that_grew_is_told_its_new_end() -> None:
    before = np.arange(8.0).reshape(4, 2)
    now = np.vstack([before, [[9.0, 9.5]]])
    assert delta(before, now) == {"n": 5, "i": [4], "v": [[9.0, 9.5]]}


def test_a_series_that_shrank_is_told_its_length() -> None:
    assert delta(np.arange(4.0), np.arange(3.0)) == {"n": 3, "i": [], "v": []}


def test_rows_of_another_width_are_sent_whole() -> None:
    assert delta(np.zeros((2, 3)), np.zeros((2, 4)))["v"] == [[0.0] * 4] * 2  # type: ignore[index]


async def test_a_chart_that_nobody_sees_costs_nothing(chart: Chart) -> None:
    chart.push({"fit": [0.1]}, x=[24_000])
    assert chart.messages == 0
    assert not chart.shown
    see(chart)
    assert chart.messages == 1
    see(chart, shown=False)
    chart.push({"fit": [0.2]})
    assert chart.messages == 1
    see(chart)
    assert chart.sent["fit"].tolist() == [0.2]


async def test_what_has_not_changed_is_not_sent_again(chart: Chart) -> None:
    see(chart)
    chart.push({"fit": [0.1], "mid": [0.2]}, x=[24_000])
    chart.push({"fit": [0.1], "mid": [0.2]}, x=[24_000])
    assert chart.messages == 1


async def test_numbers_that_the_caller_goes_on_changing_are_seen_to_change(chart: Chart) -> None:
    see(chart)
    live = np.array([0.1])
    chart.push({"fit": live})
    live[0] = 0.2
    chart.push({"fit": live})
    assert chart.messages == 2
    assert chart.sent["fit"].tolist() == [0.2]


async def test_a_series_of_another_length_than_its_places_is_refused(chart: Chart) -> None:
    with pytest.raises(ValueError, match="fit has 1 values for 2 places"):
        chart.push({"fit": [0.1]}, x=[24_000, 24_050])


async def test_a_browser_that_is_behind_is_waited_for_and_then_gets_the_newest(
    chart: Chart,
) -> None:
    see(chart)
    for turn in range(MAX_BEHIND + 5):
        chart.push({"fit": [float(turn)]})
    assert chart.behind
    assert chart.sent["fit"].tolist() == [float(MAX_BEHIND)]
    see(chart, seq=chart.messages)
    assert not chart.behind
    assert chart.sent["fit"].tolist() == [float(MAX_BEHIND + 4)]


async def test_a_new_browser_part_gets_everything(chart: Chart) -> None:
    see(chart)
    chart.push({"fit": [0.1, 0.2]}, x=[1, 2])
    see(chart, shown=False, fresh=True)
    assert not chart.sent
    see(chart)
    assert set(chart.sent) == {"fit", "x"}


async def test_the_age_alone_is_told_once_a_second(chart: Chart) -> None:
    see(chart)
    chart.push({"fit": [0.1]}, at=NOW, now=NOW)
    chart.push({"fit": [0.1]}, at=NOW, now=NOW + timedelta(seconds=0.5))
    assert chart.messages == 1
    chart.push({"fit": [0.1]}, at=NOW, now=NOW + timedelta(seconds=1.5))
    assert chart.messages == 2
    assert chart.stamp == {"at": NOW.timestamp() * 1000, "age": 1.5, "recorded": False}


async def test_numbers_without_a_now_are_recorded(chart: Chart) -> None:
    chart.push({"fit": [0.1]}, at=NOW)
    assert chart.stamp is not None
    assert chart.stamp["recorded"] is True


async def test_going_back_to_live_is_told_at_once(chart: Chart) -> None:
    see(chart)
    chart.push({"fit": [0.1]}, at=NOW)
    chart.push({"fit": [0.1]}, at=NOW, now=NOW)
    assert chart.messages == 2


async def test_a_cleared_chart_has_no_numbers(chart: Chart) -> None:
    see(chart)
    chart.push({"fit": [0.1]}, x=[24_000])
    chart.forget()
    assert all(not len(values) for values in chart.sent.values())


async def test_marks_are_kept_until_the_chart_is_seen(chart: Chart) -> None:
    spot = Mark(at=24_000, label="spot")
    chart.marks([spot])
    assert chart.marks_due
    see(chart)
    assert not chart.marks_due


async def test_a_series_without_an_id_is_refused() -> None:
    with pytest.raises(ValueError, match="id"):
        Chart({"series": [{"type": "line"}]}, name="wrong")


async def test_the_numbers_can_be_taken_away(user: User, chart: Chart) -> None:
    see(chart)
    chart.push({"fit": [0.125]}, x=[24_000], at=NOW, now=NOW)
    say(chart, "export", "csv")
    await until(lambda: bool(user.download.http_responses))
    (response,) = user.download.http_responses
    assert "24000,12.5" in response.text
