// How a chart looks: our colours, fonts and number formats laid under the option that a page gives.
import { FORMATS } from "desk-formats";
import { halves } from "./table.js";
import { tip } from "./tip.js";

const VARIABLE = /^var\((--[\w-]+)\)(?:\s*\/\s*([\d.]+)%)?$/;
const PALETTE = ["--accent", "--warn", "--mode-simulated", "--mode-replay", "--ask", "--up", "--down", "--txt2"];
export const IST = 19_800_000; // time axes are laid in UTC, so that ticks fall on Indian hours

export function tokens() {
  const css = getComputedStyle(document.body);
  return (name) => css.getPropertyValue(name).trim();
}

// `var(--up) / 20%` → rgba: a canvas does not know our variables
export function colours(value, token) {
  if (Array.isArray(value)) return value.map((each) => colours(each, token));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, colours(v, token)]));
  const found = typeof value === "string" && VARIABLE.exec(value);
  return found ? faded(token(found[1]), found[2]) : value;
}

function faded(colour, percent) {
  if (percent === undefined || !/^#[\da-f]{6}$/i.test(colour)) return colour;
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${percent / 100})`;
}

export const list = (one) => (Array.isArray(one) ? one : one ? [one] : []);

export function written(format, axis) {
  const write = FORMATS[format] ?? FORMATS.plain, away = axis?.type === "time" ? IST : 0;
  return (value) => write(Number(value) - away);
}

function dressedAxis(axis, token, across, bars, narrow) {
  const type = axis.type ?? "value", write = written(axis.format, { type });
  const grid = { color: token("--line0"), width: 1 };
  return {
    type,
    scale: type === "value" && (across || !bars),
    ...(across && type !== "category" && !bars ? { min: "dataMin", max: "dataMax" } : {}),
    nameLocation: "middle",
    nameGap: across ? 24 : 48,
    boundaryGap: type === "category" ? bars : undefined,
    ...axis,
    nameTextStyle: { color: token("--txt3"), fontFamily: token("--word"), fontSize: 10.5, fontWeight: 600, ...axis.nameTextStyle },
    axisLine: { show: across, onZero: false, lineStyle: { color: token("--line1") }, ...axis.axisLine },
    axisTick: { show: false },
    splitNumber: axis.splitNumber ?? (across ? (narrow ? 4 : 8) : 5),
    splitLine: { show: !across, lineStyle: grid, ...axis.splitLine },
    axisLabel: { color: token("--txt3"), fontSize: 10.5, hideOverlap: true, formatter: (value) => write(value).replace(/\.?0+(?=L$|Cr$)/, ""), ...axis.axisLabel },
    axisPointer: { label: { formatter: (at) => write(at.value), ...pill(token) }, ...axis.axisPointer },
  };
}

const pill = (token) => ({
  backgroundColor: token("--bg3"), color: token("--strong"), borderColor: token("--line2"), borderWidth: 1, fontSize: 10.5, padding: [2, 5], shadowBlur: 0,
});

function dressedSeries(series, token) {
  const line = series.type === "line";
  return {
    animation: false,
    ...(line ? { showSymbol: false, symbolSize: 5, sampling: series.step ? undefined : "lttb", connectNulls: false } : {}),
    emphasis: { disabled: true },
    ...series,
    ...(line ? { lineStyle: { width: 1.6, ...(series.signed ? { opacity: 0 } : {}), ...series.lineStyle } } : {}),
    ...(series.type === "gauge" ? dial(token, series) : {}),
    ...(series.type === "candlestick" ? { itemStyle: candles(token) } : {}),
  };
}

const dial = (token, { format, min, max }) => ({
  startAngle: 200, endAngle: -20, radius: "108%", center: ["50%", "62%"],
  axisLine: { lineStyle: { width: 12, color: [[0.25, faded(token("--up"), 70)], [0.75, faded(token("--accent"), 55)], [1, faded(token("--down"), 70)]] } },
  axisTick: { show: false }, splitLine: { show: false }, splitNumber: 4,
  axisLabel: { distance: 14, color: token("--txt3"), fontSize: 10, formatter: (v) => (v === min || v === max ? written(format)(v) : "") },
  pointer: { width: 4, length: "62%", itemStyle: { color: token("--strong") } }, anchor: { show: true, size: 8, itemStyle: { color: token("--strong"), borderWidth: 0 } },
  title: { color: token("--txt2"), fontSize: 11, fontFamily: token("--word"), offsetCenter: [0, "58%"] },
  detail: { color: token("--strong"), fontSize: 20, fontWeight: 650, fontFamily: token("--num"), offsetCenter: [0, "34%"], formatter: written(format) },
});

const candles = (token) => ({
  color: token("--up"), borderColor: token("--up"), color0: token("--down"), borderColor0: token("--down"), borderColorDoji: token("--txt2"),
});

export const top = (given) => given.grid?.top ?? (given.legend?.show !== false && list(given.series).length > 1 ? 32 : 14);

// The whole option: what the page gave over what every chart has in common
export function option(given, token, narrow, parts) {
  const own = colours({ ...given, series: list(given.series).flatMap((each) => (each.signed ? halves(each) : [each])) }, token);
  const series = own.series, bars = series.some((s) => s.type === "bar" || s.type === "candlestick");
  const xs = list(own.xAxis), ys = list(own.yAxis), plain = !xs.length, titles = ys.some((axis) => axis.name);
  return {
    backgroundColor: "transparent",
    animation: false,
    useUTC: true,
    color: PALETTE.map(token),
    ...own,
    textStyle: { fontFamily: token("--num"), fontSize: 10.5, color: token("--txt2"), ...own.textStyle },
    grid: plain ? undefined : own.grid ?? {
      left: titles ? 22 : 8, right: ys[1]?.name ? 22 : 14, top: top(given), bottom: xs.some((axis) => axis.name) ? 22 : 6, outerBoundsMode: "same", outerBoundsContain: "axisLabel",
    },
    xAxis: plain ? undefined : xs.map((axis) => dressedAxis(axis, token, true, bars, narrow)),
    yAxis: plain ? undefined : ys.map((axis, at) => dressedAxis({ ...(at ? { splitLine: { show: false } } : {}), ...axis }, token, false, bars && !series.some((s) => s.type === "candlestick"), narrow)),
    legend: {
      show: list(given.series).length > 1, type: "scroll", top: 4, left: 8, right: 8, itemWidth: 12, itemHeight: 3, itemGap: 14, icon: "roundRect", inactiveColor: token("--line2"), pageIconSize: 9, pageIconColor: token("--txt2"),
      pageTextStyle: { color: token("--txt3") }, textStyle: { color: token("--txt2"), fontFamily: token("--word"), fontSize: 11 }, ...own.legend,
    },
    tooltip: {
      trigger: series.some((s) => s.type === "heatmap" || s.type === "gauge") ? "item" : "axis", confine: true, transitionDuration: 0, className: "chart-tip", padding: 0, borderWidth: 0, backgroundColor: "transparent",
      extraCssText: "box-shadow: none", axisPointer: { type: plain ? "none" : "cross", lineStyle: { color: token("--line2"), type: "solid" }, crossStyle: { color: token("--line2"), type: "dashed" }, animation: false },
      formatter: (at) => tip(at, own, parts), ...own.tooltip,
    },
    dataZoom: plain ? [] : own.dataZoom ?? [
      { id: "wheel", type: "inside", xAxisIndex: xs.map((_, i) => i), filterMode: bars ? "filter" : "none", zoomOnMouseWheel: true, moveOnMouseMove: true, preventDefaultMouseMove: !narrow, minSpan: 2 },
    ],
    visualMap: own.visualMap && {
      show: false, calculable: false, ...own.visualMap, inRange: { color: ramp(own.visualMap.ramp, token), ...own.visualMap.inRange },
    },
    series: series.map((each) => dressedSeries(each, token)),
  };
}

const ramp = (name, token) =>
  name === "diverging" ? [token("--down"), token("--bg2"), token("--up")] : [token("--bg2"), token("--accent"), token("--warn")];
