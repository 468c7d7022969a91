// How a price chart looks: tokens, number formats, and the options of each kind of series.
import { AreaSeries, BarSeries, CandlestickSeries, CrosshairMode, HistogramSeries, LineSeries, LineStyle, PriceScaleMode } from "lwc";
import { colours, tokens } from "desk-charts";
import { FORMATS } from "desk-formats";
import { IST } from "./store.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");
const day = (d) => `${two(d.getUTCDate())} ${MONTHS[d.getUTCMonth()]}`;
const clock = (d, seconds) => `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}${seconds ? `:${two(d.getUTCSeconds())}` : ""}`;

export const KINDS = { candles: CandlestickSeries, bars: BarSeries, line: LineSeries, area: AreaSeries, heikin: CandlestickSeries };
export const SMALLEST = 0.02; // pixels a bar: fifty thousand of them fit a screen
export { IST, tokens };

// `time` as the scale has it: UTC digits that read as IST
export function moment(time, { seconds, intraday }) {
  const d = new Date(time * 1000), year = d.getUTCFullYear();
  return intraday ? `${day(d)} ${String(year).slice(2)} ${clock(d, seconds < 60)}` : `${day(d)} ${year}`;
}

// kinds of LWC's tick marks: 0 year, 1 month, 2 day, 3 time, 4 time with seconds
function tick(time, kind) {
  const d = new Date(time * 1000);
  return [String(d.getUTCFullYear()), MONTHS[d.getUTCMonth()], day(d), clock(d), clock(d, true)][kind];
}

export function chartOptions(token, facts) {
  return {
    autoSize: true,
    layout: {
      background: { color: token("--bg1") }, textColor: token("--txt2"), fontFamily: token("--num"), fontSize: 11, attributionLogo: true,
      panes: { separatorColor: token("--line1"), separatorHoverColor: colours("var(--accent) / 30%", token), enableResize: true },
    },
    grid: { vertLines: { color: token("--line0") }, horzLines: { color: token("--line0") } },
    crosshair: {
      mode: CrosshairMode.Normal,
      vertLine: { color: token("--txt3"), labelBackgroundColor: token("--bg3"), style: LineStyle.Dashed, width: 1 },
      horzLine: { color: token("--txt3"), labelBackgroundColor: token("--bg3"), style: LineStyle.Dashed, width: 1 },
    },
    rightPriceScale: { borderColor: token("--line1"), minimumWidth: 64 },
    localization: { locale: "en-IN", timeFormatter: (time) => moment(time, facts) },
    timeScale: {
      borderColor: token("--line1"), timeVisible: facts.intraday, secondsVisible: facts.seconds < 60, rightOffset: 6, minBarSpacing: SMALLEST, tickMarkFormatter: tick,
      enableConflation: true, shiftVisibleRangeOnNewBar: true, allowShiftVisibleRangeOnWhitespaceReplacement: true,
    },
  };
}

const minMove = (digits) => 10 ** -digits;

export function priceFormat(digits, first) {
  const write = first ? (v) => FORMATS.changePercent(v / first() - 1) : (v) => FORMATS.digits(v, digits);
  return { type: "custom", minMove: minMove(digits), formatter: write };
}

export const sizeFormat = { type: "custom", minMove: 1, formatter: (v) => FORMATS.lakh(v) };

export function priceOptions(style, token, format) {
  const up = token("--up"), down = token("--down"), line = token("--accent");
  const common = { priceFormat: format, priceLineStyle: LineStyle.Dotted };
  if (style === "line") return { ...common, color: line, lineWidth: 2, crosshairMarkerRadius: 3 };
  if (style === "area") return { ...common, lineColor: line, lineWidth: 2, topColor: colours("var(--accent) / 25%", token), bottomColor: colours("var(--accent) / 2%", token), crosshairMarkerRadius: 3 };
  if (style === "bars") return { ...common, upColor: up, downColor: down, thinBars: true };
  return { ...common, upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false };
}

export const sizeOptions = { priceFormat: sizeFormat, priceLineVisible: false, lastValueVisible: false };

export function priceRow(style, bars) {
  if (style === "line" || style === "area") return (i) => ({ time: bars.time[i] + IST, value: bars.close[i] });
  const [o, h, l, c] = style === "heikin" ? ["haOpen", "haHigh", "haLow", "haClose"] : ["open", "high", "low", "close"];
  return (i) => ({ time: bars.time[i] + IST, open: bars[o][i], high: bars[h][i], low: bars[l][i], close: bars[c][i] });
}

// the colours of bars that stand for more and for less; of a colour's own, a paler one for less
export function volumeWay(colour) {
  const token = tokens();
  return colour ? [colours(`${colour} / 75%`, token), colours(`${colour} / 35%`, token)] : [colours("var(--up) / 60%", token), colours("var(--down) / 60%", token)];
}

export function volumeRow(bars, token) {
  const up = colours("var(--up) / 45%", token), down = colours("var(--down) / 45%", token);
  return (i) => ({ time: bars.time[i] + IST, value: bars.volume[i], color: bars.close[i] >= bars.open[i] ? up : down });
}

export const interestRow = (bars) => (i) => (bars.oi[i] > 0 ? { time: bars.time[i] + IST, value: bars.oi[i] } : { time: bars.time[i] + IST });

const DASHES = { dashed: LineStyle.Dashed, dotted: LineStyle.Dotted };

export const studyKind = (style) => (style === "histogram" ? HistogramSeries : style === "area" ? AreaSeries : LineSeries);

export function studyOptions({ style, colour, width }, token, format) {
  const paint = colours(colour, token), quiet = { priceLineVisible: false, lastValueVisible: true, priceFormat: format, crosshairMarkerRadius: 3 };
  if (style === "histogram") return { ...quiet, color: paint, lastValueVisible: false };
  if (style === "area") return { ...quiet, lineColor: paint, topColor: colours(`${colour} / 22%`, token), bottomColor: "transparent", lineWidth: width };
  if (style === "dots") return { ...quiet, color: paint, lineVisible: false, pointMarkersVisible: true, pointMarkersRadius: 1.6 };
  return { ...quiet, color: paint, lineWidth: width, lineStyle: DASHES[style] ?? LineStyle.Solid, lineType: style === "step" ? 1 : 0 };
}

export const MODES = { linear: PriceScaleMode.Normal, percent: PriceScaleMode.Normal, log: PriceScaleMode.Logarithmic };
export { HistogramSeries, LineSeries };
