"""The history page: past chains true to what is kept, what there is, and files read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from nicegui import ui
from nicegui.element import Element
from nicegui.elements.upload_files import SmallFileUpload
from nicegui.testing import User

from core.analytics.chain_day import ChainDay
from core.analytics.solved_day import solved
from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from tests.core.analytics.chain_minutes import EXPIRY, snapshot
from tests.fake_desk import FakeDesk
from tests.ui.waiting import say, until
from ui.components.board import Board
from ui.components.chart import Chart
from ui.components.day_slider import DaySlider
from ui.components.heat_grid import HeatGrid
from ui.components.long_table import LongTable

DAY = date(2026, 11, 18)
LATER = date(2026, 11, 30)
NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
STRIKES = tuple(23_900.0 + 50 * n for n in range(8))


def chain(on: date = DAY, expiry: date = EXPIRY) -> ChainDay:
    """Prices only, as files have them; the newest of four minutes is the dearest."""
    made = ChainDay.of([snapshot(minute, STRIKES, level=300.0 + minute) for minute in range(4)])
    ladder = np.abs(made.strikes - 24_010)
    prices = np.maximum(0, np.array([[1.0], [-1.0]]) * (24_010 - made.strikes)) + 90 - ladder / 9
    ltp = prices[None] + np.arange(4.0)[:, None, None]
    blank = np.full_like(ltp, np.nan)
    ahead = (on - DAY).days * 1440
    return replace(
        made, day=on, expiry=expiry, minutes=made.minutes + ahead, ltp=ltp, bid=blank, ask=blank,
        iv=blank, forward=np.full(4, np.nan),
    )  # fmt: skip


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def one(visitor: User, kind: type) -> Element:
    return next(e for e in elements(visitor) if isinstance(e, kind))


def press(visitor: User, name: str) -> None:
    say(next(e for e in elements(visitor) if e.props.get("data-testid") == name), "click", None)


def board(visitor: User) -> Board:
    return next(e for e in elements(visitor) if isinstance(e, Board) and "history" in e.classes[-1])


def told(visitor: User, name: str) -> str:
    boards = [e for e in elements(visitor) if isinstance(e, Board) and "pain" in e.shown]
    return boards[-1].text(name) if boards else ""


async def opened(visitor: User, address: str = "/history") -> None:
    await visitor.open(address)
    await until(lambda: bool(told(visitor, "spot")))


async def test_a_past_chain_is_shown_with_greeks_of_our_own(visitor: User, desk: FakeDesk) -> None:
    await desk.services.option_history.save(chain(), "nse chain")
    await opened(visitor)
    closes_at = desk.services.calendar.close_of(EXPIRY)
    whole = solved(chain(), closes_at, desk.services.rate)
    assert told(visitor, "forward") == f"{whole.forward[-1]:,.2f}"
    assert told(visitor, "source") == "nse chain"
    grid = one(visitor, HeatGrid)
    await until(lambda: bool(np.isfinite(grid.sent).any()))
    names = [(c.side, c.name) for c in grid.columns]
    place = STRIKES.index(24_000.0)
    assert grid.sent[place, names.index(("CE", "ltp"))] == round(float(whole.ltp[-1, 0, place]), 2)
    iv = grid.sent[place, names.index(("", "iv"))]
    assert abs(iv - whole.iv[-1, 0, place]) < 1e-4
    assert 0.3 < grid.sent[place, names.index(("CE", "delta"))] < 0.7
    assert np.isnan(grid.sent[:, names.index(("CE", "bid"))]).all()


async def test_any_minute_is_chosen_and_every_number_is_of_it(
    visitor: User, desk: FakeDesk
) -> None:
    await desk.services.option_history.save(chain(), "nse chain")
    await opened(visitor)
    assert told(visitor, "at") == "09:19:00 IST"
    slider = one(visitor, DaySlider)
    await slider.choose(int(chain().minutes[1]))
    assert told(visitor, "at") == "09:17:00 IST"
    assert told(visitor, "spot") == "24,001.00"
    await slider.choose(12)  # no minute of this day
    assert told(visitor, "at") == "09:17:00 IST"
    assert slider.state["live"] is False


async def test_a_click_on_a_contract_draws_its_day(visitor: User, desk: FakeDesk) -> None:
    await desk.services.option_history.save(chain(), "nse chain")
    await opened(visitor)
    say(one(visitor, HeatGrid), "strike", [24_050, "PE"])
    chart = one(visitor, Chart)
    assert isinstance(chart, Chart)
    assert chart.title.startswith("NIFTY 24050 PE")
    place = STRIKES.index(24_050.0)
    assert chart.parts["price"].tolist() == chain().ltp[:, 1, place].tolist()
    assert np.isfinite(chart.parts["iv"]).all()


async def test_another_day_and_expiry_are_chosen_and_remembered(
    visitor: User, desk: FakeDesk
) -> None:
    history = desk.services.option_history
    before = DAY - timedelta(days=1)
    await history.save_all([chain(), chain(before), chain(before, LATER)], "nse chain")
    await opened(visitor, f"/history?symbol=NIFTY&day={before}&expiry={LATER}")
    selects = {e.props.get("data-testid"): e for e in elements(visitor) if isinstance(e, ui.select)}
    assert selects["history-day"].value == before.isoformat()
    assert selects["history-expiry"].value == LATER.isoformat()
    await visitor.open("/watch")
    await opened(visitor)
    selects = {e.props.get("data-testid"): e for e in elements(visitor) if isinstance(e, ui.select)}
    await until(lambda: selects["history-day"].value == before.isoformat())
    selects["history-day"].set_value(DAY.isoformat())
    await until(lambda: selects["history-expiry"].value == EXPIRY.isoformat())


async def test_a_damaged_day_is_refused_and_nothing_else_stays_in_sight(
    visitor: User, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = desk.services.option_history
    await history.save_all([chain(), chain(expiry=LATER)], "nse chain")
    await opened(visitor)
    whole = history.chain

    async def damaged(symbol: str, expiry: date, day: date) -> ChainDay | None:
        if expiry == LATER:
            raise BadData("options/NIFTY/x.parquet is damaged")
        return await whole(symbol, expiry, day)

    monkeypatch.setattr(history, "chain", damaged)
    selects = {e.props.get("data-testid"): e for e in elements(visitor) if isinstance(e, ui.select)}
    selects["history-expiry"].set_value(LATER.isoformat())
    await visitor.should_see("options/NIFTY/x.parquet is damaged", retries=30)
    assert not one(visitor, DaySlider).visible
    selects["history-expiry"].set_value(EXPIRY.isoformat())
    await visitor.should_not_see("is damaged", retries=30)
    assert one(visitor, DaySlider).visible


async def test_without_a_day_it_says_how_to_get_one(visitor: User) -> None:
    await visitor.open("/history")
    await visitor.should_see("No day of any option chain is kept yet", retries=30)
    press(visitor, "history-to-import")
    await visitor.should_see("A file of yours", retries=30)


async def test_what_there_is_is_listed_found_and_opened(visitor: User, desk: FakeDesk) -> None:
    history = desk.services.option_history
    await history.save_all([chain(), chain(expiry=LATER)], "nse chain")
    await desk.services.snapshots.save([snapshot(0, symbol="BANKNIFTY")])
    await visitor.open("/history?view=have")
    await visitor.should_see("3 chains of 2 days", retries=30)
    table = one(visitor, LongTable)
    assert isinstance(table, LongTable)
    assert table.texts(f"NIFTY {DAY} {LATER}")["whence"] == "nse chain"
    assert table.texts(f"BANKNIFTY {DAY} {EXPIRY}")["whence"] == "recorder"
    visitor.find(marker="have-find").type("nse 2026-11-30")
    await visitor.should_see("1 chains of 1 days", retries=30)
    say(table, "pick", f"NIFTY {DAY} {LATER}")
    await until(lambda: bool(told(visitor, "spot")))
    days = [e for e in elements(visitor) if isinstance(e, ui.select)]
    assert LATER.isoformat() in [e.value for e in days]


async def test_the_chain_is_taken_away_as_a_file(
    visitor: User, desk: FakeDesk, tmp_path: Path
) -> None:
    await desk.services.option_history.save(chain(), "nse chain")
    await opened(visitor)
    visitor.find(marker="chain-day-export").click()
    visitor.find(marker="chain-day-export-xlsx").click()
    answer = await visitor.download.next(timeout=10)
    (tmp_path / "day.xlsx").write_bytes(answer.content)
    sheet = openpyxl.load_workbook(tmp_path / "day.xlsx")["Day"]
    assert sheet.max_row == 1 + 4 * 8 * 2
    assert sheet["A2"].value == datetime(2026, 11, 18, 9, 16)  # noqa: DTZ001


# --- files ------------------------------------------------------------------------------------

BARS = "date,open,high,low,close\n2024-01-01 09:15,1,3,1,2\n2024-01-01 09:16,2,4,2,3\n"


async def upload(visitor: User, name: str, text: str) -> None:
    box = next(e for e in elements(visitor) if isinstance(e, ui.upload))
    file = SmallFileUpload(name=name, content_type="text/csv", _data=text.encode())
    await box.handle_uploads([file])


async def test_a_file_is_shown_first_and_loaded_when_told(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/history?view=import")
    await upload(visitor, "nifty_1m.csv", BARS)
    await visitor.should_see("Makes 2 bars of 1m", retries=30)
    assert await desk.services.candles.count() == 0
    press(visitor, "import-go")
    await visitor.should_see("Loaded in this visit", retries=30)
    found = await desk.services.candles.latest(NIFTY, Interval.MINUTE, 5)
    assert found.close.tolist() == [2.0, 3.0]
    start = datetime.fromtimestamp(int(found.time[0]), UTC)
    assert start == datetime(2024, 1, 1, 3, 45, tzinfo=UTC)


async def test_what_was_guessed_wrongly_is_corrected(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/history?view=import")
    await upload(visitor, "nifty_1m.csv", BARS)
    await visitor.should_see("Makes 2 bars of 1m", retries=30)
    selects = {e.props.get("data-testid"): e for e in elements(visitor) if isinstance(e, ui.select)}
    assert selects["import-column-open"].value == "open"
    selects["import-zone"].set_value("UTC")
    await visitor.should_see("01 Jan 2024 14:45 to 01 Jan 2024 14:46 IST", retries=30)


async def test_rows_that_cannot_be_read_stop_it_until_the_user_leaves_them_out(
    visitor: User, desk: FakeDesk
) -> None:
    await visitor.open("/history?view=import")
    await upload(visitor, "nifty_1m.csv", BARS + "2024-01-01 09:17,x,4,2,3\n")
    await visitor.should_see("Rows cannot be read", retries=30)
    await visitor.should_see("1 row cannot be read: leave them out", retries=30)
    visitor.find(marker="import-leave-out").click()
    await visitor.should_not_see("Rows cannot be read")
    press(visitor, "import-go")
    await visitor.should_see("Loaded in this visit", retries=30)
    assert await desk.services.candles.count() == 2


async def test_what_is_nothing_that_we_know_is_refused_with_its_reason(visitor: User) -> None:
    await visitor.open("/history?view=import")
    await upload(visitor, "notes.json", '{"a": 1}')
    await visitor.should_see("It cannot be read", retries=30)
    await visitor.should_see("notes.json is JSON, but no option chain", retries=30)


async def test_a_file_of_the_desks_machine_is_looked_at_by_its_place(
    visitor: User, tmp_path: Path
) -> None:
    (tmp_path / "nifty.csv").write_text(BARS)
    await visitor.open("/history?view=import")
    visitor.find(marker="import-path").type(str(tmp_path / "nifty.csv"))
    press(visitor, "import-look")
    await visitor.should_see("Makes 2 bars of 1m", retries=30)
    press(visitor, "import-cancel")
    await visitor.should_not_see("Makes 2 bars of 1m")
