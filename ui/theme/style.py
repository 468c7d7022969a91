"""Style: our sheets and fonts, and Quasar's colours."""

from pathlib import Path
from typing import Final

from nicegui import app, ui

from ui.theme.colors import QUASAR

ASSETS: Final = Path(__file__).parents[2] / "assets"
SHEETS: Final = (
    "vendor/dockview/dockview",
    "css/tokens",
    "css/shell",
    "css/parts",
    "css/grid",
    "css/pages",
    "css/analysis",
    "css/volatility",
    "css/oi",
    "css/premium",
    "css/charts",
    "css/replay",
    "css/price",
    "css/indicators",
    "css/ticket",
    "css/basket",
    "css/builder_tools",
    "css/builder",
    "css/positions",
    "css/strategies",
    "css/orders",
    "css/risk",
    "css/funds",
    "css/journal",
    "css/downloads",
    "css/history",
    "css/backtest",
)
YEAR: Final = 365 * 86_400
GRID_MODULES: Final = {f"desk-{name}": str(ASSETS / "js" / name) for name in ("formats", "flash")}
"""What the live grids import in the browser."""


def apply() -> None:
    """Serve `assets/` and make every page use it; called once, before the first page."""
    app.add_static_files("/assets", ASSETS, max_cache_age=YEAR)
    app.colors(**QUASAR)
    ui.add_head_html("".join(map(_link, SHEETS)), shared=True)


def _link(sheet: str) -> str:
    """Holds the time of the file: a new version is never hidden by a cache."""
    version = int((ASSETS / f"{sheet}.css").stat().st_mtime)
    return f'<link rel="stylesheet" href="/assets/{sheet}.css?{version}">'
