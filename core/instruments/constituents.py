"""The shares in the NIFTY 50, as a dated table.

Source: the NSE's list of the index's members as of 3 February 2026. A later change of members is a
new entry with the date from which it holds.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Constituent:
    """A member of an index: the exchange's symbol, the ISIN and the company's name."""

    symbol: str
    isin: str
    name: str


NIFTY_50: Final[dict[date, tuple[Constituent, ...]]] = {
    date(2026, 2, 3): (
        Constituent("ADANIENT", "INE423A01024", "Adani Enterprises"),
        Constituent("ADANIPORTS", "INE742F01042", "Adani Ports and Special Economic Zone"),
        Constituent("APOLLOHOSP", "INE437A01024", "Apollo Hospitals Enterprise"),
        Constituent("ASIANPAINT", "INE021A01026", "Asian Paints"),
        Constituent("AXISBANK", "INE238A01034", "Axis Bank"),
        Constituent("BAJAJ-AUTO", "INE917I01010", "Bajaj Auto"),
        Constituent("BAJAJFINSV", "INE918I01026", "Bajaj Finserv"),
        Constituent("BAJFINANCE", "INE296A01032", "Bajaj Finance"),
        Constituent("BEL", "INE263A01024", "Bharat Electronics"),
        Constituent("BHARTIARTL", "INE397D01024", "Bharti Airtel"),
        Constituent("CIPLA", "INE059A01026", "Cipla"),
        Constituent("COALINDIA", "INE522F01014", "Coal India"),
        Constituent("DRREDDY", "INE089A01031", "Dr. Reddy's Laboratories"),
        Constituent("EICHERMOT", "INE066A01021", "Eicher Motors"),
        Constituent("ETERNAL", "INE758T01015", "Eternal"),
        Constituent("GRASIM", "INE047A01021", "Grasim Industries"),
        Constituent("HCLTECH", "INE860A01027", "HCL Technologies"),
        Constituent("HDFCBANK", "INE040A01034", "HDFC Bank"),
        Constituent("HDFCLIFE", "INE795G01014", "HDFC Life Insurance Company"),
        Constituent("HINDALCO", "INE038A01020", "Hindalco Industries"),
        Constituent("HINDUNILVR", "INE030A01027", "Hindustan Unilever"),
        Constituent("ICICIBANK", "INE090A01021", "ICICI Bank"),
        Constituent("INDIGO", "INE646L01027", "InterGlobe Aviation"),
        Constituent("INFY", "INE009A01021", "Infosys"),
        Constituent("ITC", "INE154A01025", "ITC"),
        Constituent("JIOFIN", "INE758E01017", "Jio Financial Services"),
        Constituent("JSWSTEEL", "INE019A01038", "JSW Steel"),
        Constituent("KOTAKBANK", "INE237A01036", "Kotak Mahindra Bank"),
        Constituent("LT", "INE018A01030", "Larsen & Toubro"),
        Constituent("M&M", "INE101A01026", "Mahindra & Mahindra"),
        Constituent("MARUTI", "INE585B01010", "Maruti Suzuki India"),
        Constituent("MAXHEALTH", "INE027H01010", "Max Healthcare Institute"),
        Constituent("NESTLEIND", "INE239A01024", "Nestle India"),
        Constituent("NTPC", "INE733E01010", "NTPC"),
        Constituent("ONGC", "INE213A01029", "Oil & Natural Gas Corporation"),
        Constituent("POWERGRID", "INE752E01010", "Power Grid Corporation of India"),
        Constituent("RELIANCE", "INE002A01018", "Reliance Industries"),
        Constituent("SBILIFE", "INE123W01016", "SBI Life Insurance Company"),
        Constituent("SBIN", "INE062A01020", "State Bank of India"),
        Constituent("SHRIRAMFIN", "INE721A01047", "Shriram Finance"),
        Constituent("SUNPHARMA", "INE044A01036", "Sun Pharmaceutical Industries"),
        Constituent("TATACONSUM", "INE192A01025", "Tata Consumer Products"),
        Constituent("TATASTEEL", "INE081A01020", "Tata Steel"),
        Constituent("TCS", "INE467B01029", "Tata Consultancy Services"),
        Constituent("TECHM", "INE669C01036", "Tech Mahindra"),
        Constituent("TITAN", "INE280A01028", "Titan Company"),
        Constituent("TMPV", "INE155A01022", "Tata Motors Passenger Vehicles"),
        Constituent("TRENT", "INE849A01020", "Trent"),
        Constituent("ULTRACEMCO", "INE481G01011", "UltraTech Cement"),
        Constituent("WIPRO", "INE075A01022", "Wipro"),
    ),
}
"""Members by the day from which the list is known to hold."""


def nifty_50(day: date) -> tuple[Constituent, ...]:
    """The members on `day`; before the first known list, that list."""
    known = [since for since in NIFTY_50 if since <= day]
    return NIFTY_50[max(known, default=min(NIFTY_50))]
