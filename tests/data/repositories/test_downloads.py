"""The contract of downloads, on every implementation."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from core.downloads.plan import Download, Piece, PieceStatus, Plan, Status, What
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.ports.downloads import DownloadRepository

NIFTY, OTHER = InstrumentKey("NSE_INDEX|Nifty 50"), InstrumentKey("NSE_FO|1|17-11-2026")
AT = datetime(2026, 11, 20, 11, tzinfo=UTC)
FIRST, LAST = date(2026, 10, 1), date(2026, 11, 20)


def download(id: str = "d", minutes: int = 0, status: Status = Status.RUNNING) -> Download:
    plan = Plan(
        what=What.CANDLES,
        keys=(NIFTY, OTHER),
        names=("NIFTY", "é"),
        interval=Interval.parse("15m"),
        first=FIRST,
        last=LAST,
    )
    at = AT + timedelta(minutes=minutes)
    return Download(id=id, plan=plan, source="by hand", created_at=at, status=status)


def piece(number: int, key: InstrumentKey = NIFTY, month: int = 10) -> Piece:
    return Piece(
        number=number,
        key=key,
        name="NIFTY",
        interval=Interval.parse("15m"),
        first=date(2026, month, 1),
        last=date(2026, month, 20),
    )


async def test_a_download_comes_back_with_its_pieces(downloads: DownloadRepository) -> None:
    given, pieces = download(), [piece(1, month=11), piece(0), piece(2, OTHER)]
    await downloads.begin(given, pieces)
    assert await downloads.get("d") == given
    assert await downloads.pieces("d") == [pieces[1], pieces[0], pieces[2]]
    assert await downloads.get("other") is None
    assert await downloads.pieces("other") == []


async def test_what_became_of_pieces_is_kept(downloads: DownloadRepository) -> None:
    await downloads.begin(download(), [piece(0), piece(1), piece(2)])
    await downloads.record("d", [piece(0).done(500), piece(2).failed("the broker says no: ₹")])
    assert [each.status for each in await downloads.pieces("d")] == [
        PieceStatus.DONE,
        PieceStatus.WAITING,
        PieceStatus.FAILED,
    ]
    assert [each.bars for each in await downloads.pieces("d")] == [500, 0, 0]
    assert (await downloads.pieces("d"))[2].reason == "the broker says no: ₹"


async def test_beginning_again_forgets_the_pieces_of_before(downloads: DownloadRepository) -> None:
    await downloads.begin(download(), [piece(n) for n in range(700)])
    await downloads.begin(download("o"), [piece(0)])
    await downloads.begin(download(), [piece(0)])
    assert len(await downloads.pieces("d")) == 1
    assert len(await downloads.pieces("o")) == 1


async def test_unfinished_downloads_are_found(downloads: DownloadRepository) -> None:
    for minute, status in enumerate(Status):
        await downloads.save(download(status.value, -minute, status))
    assert [each.id for each in await downloads.unfinished()] == ["running", "preparing"]
    assert [each.id for each in await downloads.all(2)] == ["preparing", "running"]
    done = replace(download("running", -1, Status.DONE), finished_at=AT, done=3, bars=10**10)
    await downloads.save(done)
    assert [each.id for each in await downloads.unfinished()] == ["preparing"]
    assert await downloads.get("running") == done


async def test_spans_that_were_asked_for_are_told(downloads: DownloadRepository) -> None:
    await downloads.begin(
        download(),
        [piece(0).done(5), piece(1, month=11), piece(2, OTHER).done(0), piece(3, month=9).done(1)],
    )
    quarters = Interval.parse("15m")
    keys = [NIFTY, OTHER, InstrumentKey("NSE_FO|9")]
    span = date(2026, 10, 1), date(2026, 10, 20)
    found = await downloads.asked(keys, quarters, date(2026, 10, 20), LAST)
    assert found == {NIFTY: [span], OTHER: [span]}
    assert await downloads.asked(keys, Interval.MINUTE, FIRST, LAST) == {}
    assert await downloads.asked(keys, quarters, date(2026, 10, 21), LAST) == {}
