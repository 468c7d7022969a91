"""The shares of the simulated exchange: contract terms as the NSE had them on 18 August 2026."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Share:
    """Lot and freeze quantity in units; level, strike step and ticks in rupees.

    `level` is about the price in August 2026: the simulated share is led there. `tick` is that of
    the share and its future, which the exchange sets by price band.
    """

    symbol: str
    sector: str
    token: int
    level: float
    step: float
    lot: int
    freeze: int
    tick: float
    option_tick: float


SHARES: Final = (
    Share("ADANIENT", "metal", 25, 3050, 50, 309, 9270, 0.1, 0.05),
    Share("ADANIPORTS", "services", 15083, 1780, 20, 475, 14250, 0.1, 0.05),
    Share("APOLLOHOSP", "health", 157, 8800, 100, 125, 2500, 0.5, 0.05),
    Share("ASIANPAINT", "consumer", 236, 2740, 20, 250, 10000, 0.1, 0.05),
    Share("AXISBANK", "finance", 5900, 1300, 20, 625, 18750, 0.1, 0.05),
    Share("BAJAJ-AUTO", "auto", 16669, 10900, 100, 75, 2250, 1, 0.05),
    Share("BAJAJFINSV", "finance", 16675, 1980, 20, 300, 12000, 0.1, 0.05),
    Share("BAJFINANCE", "finance", 317, 1080, 10, 750, 22500, 0.1, 0.05),
    Share("BEL", "industry", 383, 405, 5, 1425, 57000, 0.05, 0.05),
    Share("BHARTIARTL", "services", 10604, 1940, 20, 475, 14250, 0.1, 0.05),
    Share("CIPLA", "health", 694, 1440, 10, 425, 17000, 0.1, 0.05),
    Share("COALINDIA", "energy", 20374, 425, 5, 1350, 54000, 0.05, 0.05),
    Share("DRREDDY", "health", 881, 1220, 10, 625, 18750, 0.1, 0.05),
    Share("EICHERMOT", "auto", 910, 7700, 100, 100, 3000, 0.5, 0.05),
    Share("ETERNAL", "consumer", 5097, 295, 5, 2425, 72750, 0.05, 0.05),
    Share("GRASIM", "industry", 1232, 3280, 20, 250, 7500, 0.1, 0.05),
    Share("HCLTECH", "tech", 7229, 1230, 10, 400, 20000, 0.1, 0.05),
    Share("HDFCBANK", "finance", 1333, 780, 10, 650, 32500, 0.05, 0.05),
    Share("HDFCLIFE", "finance", 467, 555, 5, 1100, 44000, 0.05, 0.05),
    Share("HINDALCO", "metal", 1363, 1020, 20, 700, 28000, 0.05, 0.05),
    Share("HINDUNILVR", "staples", 1394, 2140, 20, 300, 12000, 0.1, 0.05),
    Share("ICICIBANK", "finance", 4963, 1420, 10, 700, 21000, 0.1, 0.05),
    Share("INDIGO", "services", 11195, 5200, 100, 150, 4500, 0.5, 0.05),
    Share("INFY", "tech", 1594, 1115, 20, 400, 20000, 0.1, 0.05),
    Share("ITC", "staples", 1660, 285, 2.5, 1725, 86250, 0.05, 0.05),
    Share("JIOFIN", "finance", 18143, 247.5, 2.5, 2350, 94000, 0.05, 0.05),
    Share("JSWSTEEL", "metal", 11723, 1280, 20, 675, 20250, 0.1, 0.05),
    Share("KOTAKBANK", "finance", 1922, 390, 5, 2000, 60000, 0.05, 0.05),
    Share("LT", "industry", 11483, 4000, 50, 175, 7000, 0.1, 0.05),
    Share("M&M", "auto", 2031, 3250, 50, 200, 8000, 0.1, 0.05),
    Share("MARUTI", "auto", 10999, 14000, 100, 50, 2000, 1, 0.05),
    Share("MAXHEALTH", "health", 22377, 1080, 10, 525, 21000, 0.1, 0.05),
    Share("NESTLEIND", "staples", 17963, 1460, 10, 500, 15000, 0.1, 0.05),
    Share("NTPC", "energy", 11630, 350, 5, 1500, 75000, 0.05, 0.05),
    Share("ONGC", "energy", 2475, 245, 2.5, 2250, 90000, 0.01, 0.01),
    Share("POWERGRID", "energy", 14977, 277.5, 2.5, 1900, 76000, 0.05, 0.05),
    Share("RELIANCE", "energy", 2885, 1310, 10, 500, 20000, 0.1, 0.05),
    Share("SBILIFE", "finance", 21808, 1860, 20, 375, 15000, 0.1, 0.05),
    Share("SBIN", "finance", 3045, 1060, 10, 750, 22500, 0.1, 0.05),
    Share("SHRIRAMFIN", "finance", 4306, 1060, 20, 825, 24750, 0.1, 0.05),
    Share("SUNPHARMA", "health", 3351, 1940, 20, 350, 14000, 0.1, 0.05),
    Share("TATACONSUM", "staples", 3432, 1090, 10, 550, 22000, 0.1, 0.05),
    Share("TATASTEEL", "metal", 3499, 190, 2.5, 2750, 137500, 0.01, 0.01),
    Share("TCS", "tech", 11536, 2260, 20, 225, 9000, 0.1, 0.05),
    Share("TECHM", "tech", 13538, 1480, 20, 600, 18000, 0.1, 0.05),
    Share("TITAN", "consumer", 3506, 4750, 50, 175, 5250, 0.1, 0.05),
    Share("TMPV", "auto", 3456, 340, 5, 1600, 64000, 0.05, 0.05),
    Share("TRENT", "consumer", 1964, 3050, 50, 225, 9000, 0.1, 0.05),
    Share("ULTRACEMCO", "industry", 11532, 11760, 100, 50, 2000, 1, 0.05),
    Share("WIPRO", "tech", 3787, 182.5, 2.5, 3000, 120000, 0.01, 0.01),
)
