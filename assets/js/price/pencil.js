// Making, choosing and moving drawings: the pointer's side of them. They hold by time and price.
import { tokens } from "./look.js";
import { POINTS, hit, paint } from "./shapes.js";
import { FORMATS } from "desk-formats";

const FAR = 5, MOST_UNDO = 60;
const copy = (drawing) => JSON.parse(JSON.stringify(drawing));
const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

export class Pencil {
  // `on`: tool(name), put(drawing), gone(id), ask(point, then) for words
  constructor(chart, on) {
    this.chart = chart; // the component: place, time, price
    this.on = on;
    this.all = [];
    this.undone = [];
    this.tool = "";
    this.colour = "--accent";
    this.hidden = false;
  }
  use(drawings) {
    this.all = drawings;
    this.undone = [];
    this.chosen = this.making = null;
    this.redraw();
  }
  pick(tool) {
    this.tool = this.tool === tool ? "" : tool;
    this.making = null;
    this.choose(null);
    this.on.tool(this.tool);
  }
  choose(drawing) {
    this.chosen = drawing;
    this.redraw();
    this.on.chosen(drawing);
  }
  redraw() {
    this.update?.();
  }

  // a primitive of Lightweight Charts
  attached({ requestUpdate }) {
    this.update = requestUpdate;
  }
  detached() {
    this.update = null;
  }
  paneViews() {
    return [{ zOrder: () => "top", renderer: () => ({ draw: (target) => target.useMediaCoordinateSpace(({ context, mediaSize }) => this.draw(context, mediaSize)) }) }];
  }
  draw(pen, size) {
    this.size = size;
    if (this.hidden) return;
    const token = tokens(), { digits } = this.chart.facts, price = (v) => FORMATS.digits(v, digits);
    for (const drawing of this.making ? [...this.all, this.making] : this.all) {
      const at = this.spots(drawing);
      if (at.every((point) => point.x !== null && point.y !== null))
        paint(pen, drawing, at, size, { token, chosen: drawing === this.chosen || drawing === this.making, price, span: this.span(drawing) });
    }
  }
  spots(drawing) {
    return drawing.points.map(({ time, price }) => ({ x: this.chart.xOf(time), y: this.chart.yOf(price) }));
  }
  span({ kind, points }) {
    if (kind !== "measure") return "";
    const count = Math.abs(this.chart.placeOf(points[1].time) - this.chart.placeOf(points[0].time)), minutes = Math.abs(points[1].time - points[0].time) / 60;
    const long = minutes < 60 ? `${Math.round(minutes)} min` : minutes < 1440 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 1440).toFixed(1)} d`;
    return `${Math.round(count)} bars · ${long}`;
  }

  // what is under the pointer: [drawing, point]
  under(p) {
    if (this.hidden) return null;
    for (const drawing of [...this.all].reverse()) {
      const point = hit(drawing, this.spots(drawing), p, this.size ?? { width: 0, height: 0 });
      if (point !== null) return [drawing, point];
    }
    return null;
  }
  // the pointer; each returns whether the chart has to stand still
  down(p) {
    if (this.tool) return this.begin(p);
    const found = this.under(p);
    if (!found) {
      if (this.chosen) this.choose(null);
      return false;
    }
    this.choose(found[0]);
    this.grip = { drawing: found[0], point: found[1], from: this.chart.spotAt(p, false), before: copy(found[0]), start: p };
    return true;
  }
  begin(p) {
    const spot = this.chart.spotAt(p, true);
    if (this.making) {
      this.making.points[1] = spot;
      this.finish();
      return true;
    }
    this.making = { id: newId(), kind: this.tool, points: Array.from({ length: POINTS[this.tool] }, () => ({ ...spot })), colour: this.colour, text: "" };
    this.start = p;
    if (this.tool === "text") {
      const made = this.making;
      this.making = null;
      this.on.ask(p, (text) => text && ((made.text = text), this.add(made)));
      this.pick("");
    } else if (POINTS[this.tool] === 1) this.finish();
    this.redraw();
    return true;
  }
  move(p) {
    if (this.making) {
      this.making.points[1] = this.chart.spotAt(p, true);
      this.redraw();
    } else if (this.grip) this.haul(p);
  }
  haul(p) {
    const { drawing, point, before, from, start } = this.grip, to = this.chart.spotAt(p, point >= 0);
    if (Math.hypot(p.x - start.x, p.y - start.y) < 2) return;
    this.grip.moved = true;
    if (point >= 0) drawing.points[point] = to;
    else {
      const steps = this.chart.placeOf(to.time) - this.chart.placeOf(from.time), up = to.price - from.price;
      drawing.points = before.points.map(({ time, price }) => ({ time: this.chart.timeOf(this.chart.placeOf(time) + steps), price: this.chart.snap(price + up) }));
    }
    this.redraw();
  }
  up(p) {
    if (this.making && this.start && Math.hypot(p.x - this.start.x, p.y - this.start.y) > FAR) this.finish();
    if (this.grip?.moved) {
      this.note({ put: this.grip.before });
      this.on.put(this.grip.drawing);
    }
    this.grip = null;
  }
  finish() {
    const made = this.making;
    this.making = null;
    this.add(made);
    this.tool = "";
    this.on.tool("");
  }
  add(drawing) {
    this.all.push(drawing);
    this.note({ gone: drawing.id });
    this.on.put(drawing);
    this.choose(drawing);
  }
  // what is done to the chosen one
  remove() {
    if (!this.chosen) return;
    this.note({ put: copy(this.chosen) });
    this.drop(this.chosen.id);
  }
  drop(id) {
    this.all = this.all.filter((each) => each.id !== id);
    this.on.gone(id);
    this.choose(null);
  }
  paintIn(colour) {
    this.colour = colour;
    if (!this.chosen) return;
    this.note({ put: copy(this.chosen) });
    this.chosen.colour = colour;
    this.on.put(this.chosen);
    this.redraw();
  }
  note(step) {
    this.undone.push(step);
    if (this.undone.length > MOST_UNDO) this.undone.shift();
    this.on.chosen(this.chosen);
  }
  undo() {
    const step = this.undone.pop();
    if (!step) return;
    if (step.gone) return this.drop(step.gone);
    this.all = [...this.all.filter((each) => each.id !== step.put.id), step.put];
    this.on.put(step.put);
    this.choose(step.put);
  }
  stop() {
    this.making = this.grip = null;
    if (this.tool) this.pick(this.tool);
    else this.choose(null);
  }
}
