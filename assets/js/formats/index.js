// How numbers are written in live grids; the same rules as ui/theme/formats.py.
const whole = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 0 });
const fixed = [0, 1, 2, 3, 4, 5].map(
  (digits) => new Intl.NumberFormat("en-IN", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);
const plus = (value, text) => (value > 0 ? `+${text}` : text);

export const DASH = "–";
export const FORMATS = {
  price: (v) => fixed[2].format(v),
  change: (v) => plus(v, fixed[2].format(v)),
  percent: (v) => fixed[2].format(v * 100),
  changePercent: (v) => plus(v, fixed[2].format(v * 100)) + "%",
  greek2: (v) => fixed[2].format(v),
  greek3: (v) => fixed[3].format(v),
  greek5: (v) => fixed[5].format(v),
  ratio: (v) => fixed[1].format(v) + "×",
  quantity: (v) => whole.format(v),
  lakh: (v) => {
    const size = Math.abs(v);
    if (Math.round(size) < 1e5) return whole.format(v);
    return size < 99_99_500 ? fixed[2].format(v / 1e5) + "L" : fixed[2].format(v / 1e7) + "Cr";
  },
  time: (v) => new Date(v).toLocaleTimeString("en-GB", { timeZone: "Asia/Kolkata" }),
};
FORMATS.changeLakh = (v) => plus(v, FORMATS.lakh(v));
