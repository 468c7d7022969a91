"""A template: a position told by anchors and widths, to be laid on the strikes that are listed."""

from dataclasses import dataclass

from core.instruments.instrument import Right
from core.strategies.chain_view import ChainView
from core.strategies.chooser import Anchor, Chooser
from core.strategies.legs import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`lots` of an option `steps` widths above its anchor, near or far; no right is a future."""

    lots: int
    right: Right | None = None
    anchor: Anchor = Anchor.MONEY
    steps: int = 0
    far: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`direction` -2 (falls much) … 2 (rises much) and `volatility` -1 (falls, or nothing happens)
    … 1 (rises, or much happens) are the view it is for.
    """

    name: str
    title: str
    group: str
    direction: int
    volatility: int
    words: str
    parts: tuple[Part, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """Its view in words, for filters."""
        trend = ("bearish", "bearish", "neutral", "bullish", "bullish")[self.direction + 2]
        vol = ("short volatility", "", "long volatility")[self.volatility + 1]
        several = "several expiries" if self.needs_far else ""
        return tuple(tag for tag in (trend, vol, several) if tag)

    @property
    def needs_far(self) -> bool:
        return any(part.far for part in self.parts)

    def build(self, view: ChainView, chooser: Chooser) -> tuple[Leg, ...]:
        """Legs of listed contracts only; raises RuleBroken that says which one is missing."""
        near = view.expiry(chooser.near)
        far = view.later(near.expiry, chooser.far) if self.needs_far else near
        made = []
        for part in self.parts:
            lots = part.lots * chooser.lots
            if part.right is None:
                made.append(view.future(near.expiry).leg(lots, chooser.fill))
                continue
            strike = chooser.strike(near, part.anchor, part.steps)
            made.append((far if part.far else near).leg(part.right, strike, lots, chooser.fill))
        return tuple(made)
