// Marks over a chart (spot, max pain, a range): lines and bands whose labels step aside for each other.
import { IST } from "./theme.js";

const HIGH = 15, PAD = 5, GAP = 4;

// place of a value on an axis in pixels, also between two categories
export function place(chart, table, axis, value) {
  const at = { [`${axis}AxisIndex`]: 0 }, names = table.parts[axis];
  if (table.axes[axis].type !== "category") return chart.convertToPixel(at, table.axes[axis].type === "time" ? value + IST : value);
  const next = names.findIndex((name) => name >= value);
  if (next < 0 || (next === 0 && names[0] !== value)) return NaN;
  const to = chart.convertToPixel(at, next);
  if (names[next] === value) return to;
  const from = chart.convertToPixel(at, next - 1);
  return from + ((to - from) * (value - names[next - 1])) / (names[next] - names[next - 1]);
}

export function marksSeries(chart, table, marks, token) {
  const width = (text) => Math.ceil(text.length * 6.4) + 2 * PAD;
  const laid = (area) => {
    const found = marks.map((mark) => {
      const at = place(chart, table, mark.axis, mark.at), wide = width(mark.label);
      return { ...mark, at, wide, left: at - wide / 2, to: mark.to === null ? NaN : place(chart, table, mark.axis, mark.to), area };
    });
    apart(fitting(found.filter((mark) => mark.axis === "x" && mark.label && mark.at >= area.x && mark.at <= area.x + area.width), area.width), area);
    return found;
  };
  const onRight = chart.getOption().yAxis?.[0]?.position === "right";
  return {
    id: "__marks", type: "custom", silent: true, animation: false, z: 6, clip: false, tooltip: { show: false },
    data: marks.map(() => [NaN, NaN]),
    renderItem: (params) => drawn({ ...laid(params.coordSys)[params.dataIndex], onRight }, token),
  };
}

// where there is no room for all, the first make room: those that can be dragged last
function fitting(labels, width) {
  const first = [...labels.filter((mark) => !mark.name), ...labels.filter((mark) => mark.name)], left = new Set(labels);
  let wanted = labels.reduce((sum, mark) => sum + mark.wide + GAP, -GAP);
  for (const mark of first) {
    if (wanted <= width) break;
    wanted -= mark.wide + GAP;
    mark.label = "";
    left.delete(mark);
  }
  return [...left];
}

// labels in one row over the chart, pushed aside only as far as they must be
function apart(labels, { x, width }) {
  labels.sort((a, b) => a.at - b.at);
  let free = x;
  for (const label of labels) {
    label.left = Math.max(free, label.left);
    free = label.left + label.wide + GAP;
  }
  let end = x + width + GAP;
  for (const label of labels.reverse()) {
    label.left = Math.min(label.left, end - GAP - label.wide);
    end = label.left;
  }
}

// room for that row above the chart
export const headroom = (marks) => (marks.some((mark) => mark.axis === "x" && mark.label) ? HIGH + 4 : 0);

function drawn(mark, token) {
  const { x, y, width, height } = mark.area, up = mark.axis === "x", colour = token(mark.colour);
  const low = up ? x : y, high = up ? x + width : y + height, inside = (v) => v >= low - 0.5 && v <= high + 0.5;
  if (mark.to === mark.to && mark.at === mark.at) return band(mark, low, high, colour);
  if (!inside(mark.at)) return null;
  const at = Math.round(mark.at) + 0.5, lines = up ? { x1: at, x2: at, y1: y, y2: y + height } : { x1: x, x2: x + width, y1: at, y2: at };
  const children = [{ type: "line", z2: 0, shape: lines, style: { stroke: colour, lineWidth: 1, lineDash: mark.dashed ? [4, 3] : null } }];
  if (mark.label) {
    const left = up ? mark.left : mark.onRight ? x + width + 3 : x - mark.wide - 3, top = up ? y - HIGH - 2 : at - HIGH / 2;
    children.push({ type: "rect", z2: 5, shape: { x: left, y: top, width: mark.wide, height: HIGH, r: 3 }, style: { fill: token("--bg1"), stroke: colour } });
    children.push({ type: "text", z2: 6, style: { text: mark.label, x: left + PAD, y: top + HIGH / 2 + 0.5, fill: colour, font: `600 10.5px ${token("--num")}`, verticalAlign: "middle" } });
  }
  return { type: "group", children };
}

function band({ axis, at, to, area }, low, high, colour) {
  const from = Math.max(low, Math.min(at, to)), end = Math.min(high, Math.max(at, to));
  if (end <= from) return null;
  const shape = axis === "x" ? { x: from, width: end - from, y: area.y, height: area.height } : { x: area.x, width: area.width, y: from, height: end - from };
  return { type: "rect", shape, style: { fill: colour, opacity: 0.08 } };
}
