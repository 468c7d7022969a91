// Drawings: where they lie on the chart, how they are painted, and whether the pointer is on one.
import { colours } from "desk-charts";
import { FORMATS } from "desk-formats";

export const POINTS = { trend: 2, ray: 2, level: 1, moment: 1, box: 2, fibonacci: 2, text: 1, measure: 2 };
export const LEVELS = [0, 0.236, 0.382, 0.5, 0.618, 0.786, 1];
const NEAR = 6, HANDLE = 4;

const between = (p, a, b) => {
  const dx = b.x - a.x, dy = b.y - a.y, long = dx * dx + dy * dy;
  const along = long ? Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / long)) : 0;
  return Math.hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
};
// a ray goes on to the edge of the pane
function beyond(a, b, size) {
  if (a.x === b.x) return { x: b.x, y: b.y >= a.y ? size.height : 0 };
  const x = b.x > a.x ? size.width : 0;
  return { x, y: a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x) };
}
const inside = (p, a, b) => p.x >= Math.min(a.x, b.x) - NEAR && p.x <= Math.max(a.x, b.x) + NEAR && p.y >= Math.min(a.y, b.y) - NEAR && p.y <= Math.max(a.y, b.y) + NEAR;

// the lines that a drawing is made of, in pixels
function lines(kind, [a, b], size) {
  if (kind === "level") return [[{ x: 0, y: a.y }, { x: size.width, y: a.y }]];
  if (kind === "moment") return [[{ x: a.x, y: 0 }, { x: a.x, y: size.height }]];
  if (kind === "ray") return [[a, beyond(a, b, size)]];
  if (kind === "trend") return [[a, b]];
  if (kind === "fibonacci") return LEVELS.map((at) => [{ x: Math.min(a.x, b.x), y: b.y + (a.y - b.y) * at }, { x: Math.max(a.x, b.x), y: b.y + (a.y - b.y) * at }]);
  return [];
}

// which point of a drawing is under the pointer: its place, -1 for its body, null for none
export function hit(drawing, at, p, size, pen) {
  if (at.some((point) => point.x === null || point.y === null)) return null;
  const place = at.findIndex((point) => Math.hypot(p.x - point.x, p.y - point.y) <= NEAR + 2);
  if (place >= 0 && !["level", "moment", "text"].includes(drawing.kind)) return place;
  if (lines(drawing.kind, at, size).some(([a, b]) => between(p, a, b) <= NEAR)) return -1;
  if (drawing.kind === "text") return inside(p, at[0], { x: at[0].x + (drawing.wide ?? 60), y: at[0].y - 14 }) ? -1 : null;
  if (drawing.kind === "measure") return inside(p, at[0], at[1]) ? -1 : null;
  if (drawing.kind !== "box") return null;
  const [a, b] = at, corners = [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
  return corners.some((corner, i) => between(p, corner, corners[(i + 1) % 4]) <= NEAR) ? -1 : null;
}

function label(pen, text, x, y, token, { fill = "--bg2", ink = "--strong", right = false } = {}) {
  pen.font = `600 11px ${token("--num")}`;
  const rows = text.split("\n"), wide = Math.max(...rows.map((row) => pen.measureText(row).width)) + 10, left = right ? x - wide : x;
  pen.fillStyle = token(fill);
  pen.beginPath();
  pen.roundRect(left, y, wide, 16 * rows.length + 2, 3);
  pen.fill();
  pen.fillStyle = token(ink);
  rows.forEach((row, i) => pen.fillText(row, left + 5, y + 13 + 16 * i));
}

export function paint(pen, drawing, at, size, { token, chosen, price, span }) {
  const { kind, points } = drawing, ink = colours(`var(${drawing.colour})`, token), soft = (n) => colours(`var(${drawing.colour}) / ${n}%`, token);
  pen.lineWidth = chosen ? 2 : 1.4;
  pen.strokeStyle = pen.fillStyle = ink;
  pen.setLineDash([]);
  const [a, b] = at;
  if (kind === "box" || kind === "measure") {
    const tone = kind === "measure" ? (points[1].price >= points[0].price ? "--up" : "--down") : drawing.colour;
    pen.fillStyle = colours(`var(${tone}) / 14%`, token);
    pen.fillRect(a.x, a.y, b.x - a.x, b.y - a.y);
    pen.strokeStyle = colours(`var(${tone}) / 80%`, token);
    pen.strokeRect(a.x, a.y, b.x - a.x, b.y - a.y);
    if (kind === "measure") {
      const moved = points[1].price - points[0].price;
      label(pen, `${FORMATS.change(moved)}  ${FORMATS.changePercent(moved / points[0].price)}\n${span}`, Math.min(a.x, b.x), b.y > a.y ? b.y + 4 : b.y - 38, token, { fill: "--bg3" });
    }
  } else if (kind === "fibonacci") {
    const left = Math.min(a.x, b.x), wide = Math.abs(b.x - a.x);
    lines(kind, at, size).forEach(([from], i) => {
      const next = b.y + (a.y - b.y) * (LEVELS[i + 1] ?? LEVELS[i]);
      pen.fillStyle = soft(i % 2 ? 5 : 9);
      pen.fillRect(left, from.y, wide, next - from.y);
      pen.fillStyle = pen.strokeStyle = ink;
      pen.lineWidth = 1;
      stroke(pen, from, { x: left + wide, y: from.y });
      pen.font = `500 10.5px ${token("--num")}`;
      pen.fillText(`${(LEVELS[i] * 100).toFixed(1)}%  ${price(points[1].price + (points[0].price - points[1].price) * LEVELS[i])}`, left + 4, from.y - 3);
    });
    pen.setLineDash([3, 3]);
    stroke(pen, a, b);
  } else if (kind === "text") {
    pen.font = `600 12px ${token("--word")}`;
    pen.fillText(drawing.text, a.x, a.y);
    drawing.wide = pen.measureText(drawing.text).width;
  } else for (const [from, to] of lines(kind, at, size)) stroke(pen, from, to);
  if (kind === "level") label(pen, price(points[0].price), 6, a.y - 20, token);
  pen.setLineDash([]);
  if (!chosen) return;
  pen.fillStyle = token("--bg1");
  pen.strokeStyle = token("--accent");
  pen.lineWidth = 1.5;
  for (const point of kind === "level" ? [{ x: size.width / 2, y: a.y }] : kind === "moment" ? [{ x: a.x, y: size.height / 2 }] : at) {
    pen.beginPath();
    pen.arc(point.x, point.y, HANDLE, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
  }
}

function stroke(pen, a, b) {
  pen.beginPath();
  pen.moveTo(a.x, a.y);
  pen.lineTo(b.x, b.y);
  pen.stroke();
}
