// How numbers are written in live grids; the same rules as ui/theme/formats.py.
const whole = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 0 });
const fixed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(
  (digits) => new Intl.NumberFormat("en-IN", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);
const plus = (value, text) => (value > 0 ? `+${text}` : text);
const write = (value, digits) => {
  const text = fixed[digits].format(value);
  return value < 0 && !/[1-9]/.test(text) ? text.slice(1) : text; // no minus before a zero
};

export const DASH = "–";
export const FORMATS = {
  price: (v) => write(v, 2),
  change: (v) => plus(v, write(v, 2)),
  percent: (v) => write(v * 100, v < 1 ? 2 : 1),
  changePercent: (v) => plus(v, write(v * 100, 2)) + "%",
  greek2: (v) => write(v, 2),
  greek3: (v) => write(v, 3),
  greek5: (v) => write(v, 5),
  ratio: (v) => write(v, 1) + "×",
  quantity: (v) => whole.format(v),
  lakh: (v) => {
    const size = Math.abs(v);
    if (Math.round(size) < 1e5) return whole.format(v);
    return size < 99_99_500 ? write(v / 1e5, 2) + "L" : write(v / 1e7, 2) + "Cr";
  },
  time: (v) => new Date(v).toLocaleTimeString("en-GB", { timeZone: "Asia/Kolkata" }),
};
const ist = (v) => new Date(v + 19_800_000).toISOString();
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const short = (digits) => (v) => (Math.abs(v) < 1e5 ? write(v, digits) : FORMATS.lakh(v));
// for charts: axes and hover
Object.assign(FORMATS, {
  digits: (v, digits) => write(v, digits),
  plain: (v) => String(Math.round(v * 1e6) / 1e6),
  strike: (v) => write(v, v % 1 ? 2 : 0),
  share: (v) => write(v * 100, 2) + "%",
  shareShort: (v) => write(v * 100, 1) + "%",
  points: (v) => write(v, 1),
  points2: (v) => write(v, 2),
  logMoney: (v) => plus(v, write(v * 100, 1)) + "%",
  wing: (v) => (Math.abs(v - 0.5) < 0.005 ? "50" : v > 0.5 ? `${write((1 - v) * 100, 0)}P` : `${write(v * 100, 0)}C`), // a call's delta as of the side out of the money
  rank: (v) => write(v, 0),
  rupees: (v) => (v < 0 ? "-₹" : "₹") + write(Math.abs(v), 2),
  rupeesLakh: (v) => (v < 0 ? "-₹" : "₹") + short(0)(Math.abs(v)),
  size: (v) => FORMATS.lakh(Math.abs(v)), // mirror bars: the side tells the sign
  clock: (v) => ist(v).slice(11, 16),
  day: (v) => `${ist(v).slice(8, 10)} ${MONTHS[Number(ist(v).slice(5, 7)) - 1]}`,
  date: (v) => `${FORMATS.day(v)} ${ist(v).slice(0, 4)}`,
  moment: (v) => `${FORMATS.day(v)} ${FORMATS.clock(v)}`,
});
FORMATS.changeLakh = (v) => plus(v, FORMATS.lakh(v));
