// How numbers are written in live grids; the same rules as ui/theme/formats.py.
const whole = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 0 });
const fixed = [0, 1, 2, 3, 4, 5].map(
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
FORMATS.changeLakh = (v) => plus(v, FORMATS.lakh(v));
