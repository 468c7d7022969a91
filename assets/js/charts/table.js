// The numbers of a chart as the server sends them, and the arrays that ECharts draws.
import { IST, list } from "./theme.js";

const ABOVE = "__above", BELOW = "__below", LINE = 18;

export class Table {
  constructor(option) {
    this.use(option);
    this.parts = { x: [], y: [] };
  }
  use(option) {
    this.axes = { x: list(option.xAxis)[0] ?? {}, y: list(option.yAxis)[0] ?? {} };
    this.panes = list(option.xAxis).length; // one under another, they share their places
    this.flat = this.panes > 0; // has axes that marks can stand on
    this.series = Object.fromEntries(list(option.series).map((each) => [each.id, each]));
  }
  // {n: length, i: which rows (or all), v: their values}
  patch(name, { n, i, v }) {
    const rows = i ? (this.parts[name] ??= []) : (this.parts[name] = v);
    if (i) {
      rows.length = n;
      i.forEach((at, j) => (rows[at] = v[j]));
    }
  }
  x(at) {
    const value = this.parts.x[at];
    return this.axes.x.type === "time" ? value + IST : value;
  }
  // what a place of the x axis means: a strike, a moment
  value(x) {
    if (this.axes.x.type === "category") return this.parts.x[Math.round(x)];
    return this.axes.x.type === "time" ? x - IST : x;
  }
  get count() {
    return Object.keys(this.series).reduce((sum, id) => sum + known(this.parts[id] ?? []), 0);
  }
  // parts of an ECharts option for the named parts, ready to merge
  drawn(names, height) {
    const all = names.has("x") || names.has("y"), ids = Object.keys(this.series).filter((id) => this.parts[id] && (all || names.has(id)));
    const option = { series: ids.flatMap((id) => this.rows(id)) };
    for (const axis of ["x", "y"])
      if (names.has(axis) && this.axes[axis].type === "category")
        option[`${axis}Axis`] = axis === "y" ? [{ data: this.parts.y, ...every(this.parts.y.length, height) }] : Array.from({ length: this.panes }, () => ({ data: this.parts.x }));
    const heat = ids.find((id) => this.series[id].type === "heatmap");
    if (heat) option.visualMap = range(this.parts[heat], this.series[heat].diverging, this.series[heat].clip);
    return option;
  }
  rows(id) {
    const series = this.series[id], rows = this.parts[id];
    if (series.type === "gauge") return [{ id, data: rows.map((value) => ({ value: value ?? undefined })) }];
    if (series.type === "heatmap") return [{ id, data: rows.flatMap((row, i) => row.map((value, j) => [i, j, value])) }];
    if (series.type === "candlestick") return [{ id, data: rows.map(([open, high, low, close]) => [open, close, low, high]) }];
    const turned = series.mirrored ? rows.map((value) => (value === null ? null : -value)) : rows;
    const data = turned.map((row, at) => this.point(row, at));
    return series.signed ? [{ id, data }, ...split(id, data)] : [{ id, data }];
  }
  point(row, at) {
    if (Array.isArray(row)) return this.axes.x.type === "time" ? [row[0] + IST, ...row.slice(1)] : row;
    return this.axes.x.type === "category" ? row : [this.x(at), row];
  }
}

// A line that changes colour at zero is drawn as two, which meet where it crosses
export const halves = (series) => [{ itemStyle: { color: "var(--strong)" }, ...series }, half(series, ABOVE, "--up"), half(series, BELOW, "--down")];
const half = (series, which, colour) => ({
  ...series, id: series.id + which, signed: false, silent: true, z: 3, sampling: undefined,
  lineStyle: { width: 2, ...series.lineStyle, opacity: 1, color: `var(${colour})` }, itemStyle: { color: `var(${colour})` }, areaStyle: { color: `var(${colour}) / 16%`, origin: 0 },
});
export const isHalf = (id) => id.endsWith(ABOVE) || id.endsWith(BELOW);

function split(id, points) {
  const above = [], below = [];
  points.forEach(([x, y], at) => {
    const [before, was] = points[at - 1] ?? [];
    if (was * y < 0) for (const side of [above, below]) side.push([before + ((x - before) * was) / (was - y), 0]);
    above.push([x, y === null || y < 0 ? null : y]);
    below.push([x, y === null || y > 0 ? null : y]);
  });
  return [{ id: id + ABOVE, data: above }, { id: id + BELOW, data: below }];
}

// which names of a category axis on the left have room
const every = (count, height) => ({ axisLabel: { interval: Math.max(0, Math.ceil(count / Math.max(1, (height - 50) / LINE)) - 1) } });

const known = (rows) => rows.reduce((sum, row) => sum + (Array.isArray(row) ? row.some((v) => v !== null) : row !== null), 0);

function range(rows, diverging, clip = 1) {
  const values = rows.flat().filter((v) => v !== null).sort((a, b) => a - b);
  if (!values.length) return { min: 0, max: 1 };
  const low = values[0], high = values[Math.ceil(clip * (values.length - 1))], far = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return diverging ? { min: -far, max: far } : { min: low, max: high > low ? high : low + 1 };
}
