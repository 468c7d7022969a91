"""The headline numbers of open interest: ratios, pain, walls, totals, gamma; live or recorded."""

from math import nan
from typing import Final

from core.analytics.exposure import Exposures
from core.analytics.max_pain import max_pain
from core.analytics.open_interest import put_call_ratio
from core.analytics.sides import CALL, PUT, total
from core.analytics.walls import walls
from core.services.chain_picture import ChainPicture
from ui.components.board import Board, Cell
from ui.components.oi_parts import money, straddle, strike
from ui.theme import formats
from ui.theme.colors import tone

CELLS: Final = (
    Cell(name="spot", label="Spot", testid="spot"),
    Cell(name="forward", label="Forward", testid="forward"),
    Cell(name="pcr", label="PCR (OI)", testid="oi-pcr"),
    Cell(name="volume", label="PCR (volume)", testid="oi-pcr-volume"),
    Cell(name="pain", label="Max pain", testid="oi-max-pain"),
    Cell(name="resistance", label="Resistance", testid="oi-resistance"),
    Cell(name="support", label="Support", testid="oi-support"),
    Cell(name="calls", label="Call OI", testid="oi-calls"),
    Cell(name="puts", label="Put OI", testid="oi-puts"),
    Cell(name="gex", label="Net gamma / 1 %", testid="gex-net"),
    Cell(name="flip", label="Gamma flip", testid="gex-flip"),
    Cell(name="straddle", label="Straddle", testid="oi-straddle"),
    Cell(name="iv", label="ATM IV", testid="oi-atm-iv"),
)
PCR: Final = "Puts over calls, all strikes"
PAIN: Final = "The settlement at which option holders together would receive least"
WALL: Final = "The strike with most open {0} interest; writers are taken to defend it"
NO_OI: Final = "No open interest is known yet"
NO_FLIP: Final = "Net gamma does not change its sign within 10 % of the spot"


class OiHeader:
    def __init__(self) -> None:
        self.board = Board(CELLS, "chain-header oi-header")
        self._stale, self._at = False, ""

    def show(self, picture: ChainPicture, exposures: Exposures, *, stale: bool) -> None:
        self._stale = stale
        recorded = "" if picture.live else ", recorded"
        self._at = f"as of {formats.clock_time(picture.at)} IST{recorded}"
        self._put_ratios(picture)
        self._put_levels(picture)
        self._put_gamma(picture, exposures)
        self._put_money(picture)
        self.board.flush()

    def _put(
        self, name: str, text: str, raw: float, tip: str, *, extra: str = "", sign: str = ""
    ) -> None:
        self.board.put(
            name,
            text,
            raw=raw,
            tip=f"{tip}; {self._at}",
            tone="stale" if self._stale else sign,
            extra=extra,
            extra_tone="faint",
        )

    def _put_ratios(self, picture: ChainPicture) -> None:
        spot, forward, oi, volume = picture.spot, picture.forward, picture.oi, picture.volume
        self._put("spot", formats.price(spot), spot, "The index or share, from the feed")
        self._put("forward", formats.price(forward), forward, "Put-call parity near the money")
        pcr, by_volume = (put_call_ratio(each[CALL], each[PUT]) for each in (oi, volume))
        self._put("pcr", formats.price(pcr), pcr, f"{PCR}, by open interest")
        self._put("volume", formats.price(by_volume), by_volume, f"{PCR}, by the day's volume")
        for name, side in (("calls", CALL), ("puts", PUT)):
            units = float(total(oi[side], axis=-1))
            said = f"All strikes: {formats.quantity(units)} units"
            self._put(name, formats.lakh(units), units, said if units == units else NO_OI)

    def _put_levels(self, picture: ChainPicture) -> None:
        pain = max_pain(picture.strikes, picture.oi[CALL], picture.oi[PUT])
        self._put_level("pain", pain, PAIN if pain == pain else NO_OI, picture)
        found = walls(picture.strikes, picture.oi, count=1)
        for name, side, word in (
            ("resistance", found.resistance, "call"),
            ("support", found.support, "put"),
        ):
            level = side[0].strike if side else nan
            self._put_level(name, level, WALL.format(word) if side else NO_OI, picture)

    def _put_level(self, name: str, level: float, tip: str, picture: ChainPicture) -> None:
        self._put(name, strike(level), level, tip, extra=away(level, picture))

    def _put_gamma(self, picture: ChainPicture, exposures: Exposures) -> None:
        net, flip = exposures.net, exposures.flip
        said = f"₹ of the underlying to be traded per 1 % move. {exposures.assumption}"
        self._put("gex", money(net), net, said, sign=tone(net))
        tip = f"Where net gamma changes its sign. {exposures.assumption}"
        whole = round(flip) if flip == flip else nan
        self._put_level("flip", whole, tip if flip == flip else NO_FLIP, picture)

    def _put_money(self, picture: ChainPicture) -> None:
        value = straddle(picture)
        share = formats.percent(value / picture.forward) if value == value else ""
        self._put("straddle", formats.price(value), value, "Both at the money", extra=share)
        iv = picture.atm_iv
        self._put("iv", formats.percent(iv), iv, "Mean of call and put at the money")


def away(level: float, picture: ChainPicture) -> str:
    """How far from the spot: `+0.4%`."""
    if not (level == level and picture.spot > 0):
        return ""
    return formats.signed_percent(level / picture.spot - 1, 1)
