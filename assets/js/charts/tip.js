// What the pointer reads: every series at one place, written by its format; texts only, never HTML.
import { FORMATS, DASH } from "desk-formats";
import { list, written } from "./theme.js";
import { isHalf } from "./table.js";

const make = (tag, name, text) => Object.assign(document.createElement(tag), { className: name, textContent: text ?? "" });

export function tip(at, option, parts) {
  const points = list(at).filter((p) => !p.seriesId.startsWith("__") && !isHalf(p.seriesId));
  if (!points.length) return "";
  const box = make("div", "chart-tip-box"), first = points[0], series = Object.fromEntries(list(option.series).map((s) => [s.id, s]));
  const x = list(option.xAxis)[0], y = list(option.yAxis)[0];
  if (first.seriesType === "heatmap") return heat(box, first, series[first.seriesId], x, y, parts);
  if (x) box.append(make("div", "chart-tip-head", written(x.format, x)(first.axisValue ?? list(first.value)[0])));
  for (const p of points) box.append(...line(p, series[p.seriesId] ?? {}));
  return box;
}

function heat(box, p, series, x, y, parts) {
  const [i, j, v] = p.value;
  box.append(make("div", "chart-tip-head", `${written(x.format)(parts.x[i])} · ${written(y.format)(parts.y[j])}`));
  box.append(make("i", ""), make("span", "", p.seriesName), make("b", "", text(series, v)));
  return box;
}

function line(p, series) {
  const swatch = make("i", "");
  swatch.style.background = series.type === "candlestick" ? "var(--txt2)" : typeof p.color === "string" ? p.color : "var(--txt2)";
  return [swatch, make("span", "", p.seriesName), make("b", "", value(p, series))];
}

function value(p, series) {
  if (series.type === "candlestick") {
    const [open, close, low, high] = p.value.slice(-4);
    return [["O", open], ["H", high], ["L", low], ["C", close]].map(([name, v]) => `${name} ${text(series, v)}`).join("  ");
  }
  const found = Array.isArray(p.value) ? p.value[p.encode?.y?.[0] ?? 1] : p.value;
  return text(series, series.mirrored && typeof found === "number" ? -found : found);
}

const text = (series, v) => (v === null || v === undefined || v !== v || v === "-" ? DASH : (FORMATS[series.format] ?? FORMATS.plain)(v));
