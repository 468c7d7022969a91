// Lines at a price: what is held, ordered or waited for. Some can be dragged to another price.
import { LineStyle } from "lwc";
import { colours } from "desk-charts";
import { tokens } from "./look.js";

const NEAR = 6, TRIANGLE = 6, REACH = 0.2;

export class Lines {
  constructor(chart) {
    this.chart = chart; // the component
    this.given = [];
    this.made = new Map();
  }
  use(given) {
    this.given = given.map((line) => (this.held?.id === line.id ? { ...line, price: this.held.price } : line));
    this.draw();
  }
  // on the chart's newest series; anew after it was built anew
  draw(series = this.series) {
    if (series !== this.series) this.made.clear();
    this.series = series;
    if (!series) return;
    const token = tokens(), wanted = new Set(this.given.map((line) => line.id));
    for (const [id, made] of this.made)
      if (!wanted.has(id)) {
        series.removePriceLine(made);
        this.made.delete(id);
      }
    for (const line of this.given) {
      const ink = colours(`var(${line.colour})`, token);
      const look = { price: line.price, title: line.title, color: ink, lineWidth: this.held?.id === line.id ? 2 : 1, lineStyle: line.dashed ? LineStyle.Dashed : LineStyle.Solid, axisLabelVisible: true };
      if (this.made.has(line.id)) this.made.get(line.id).applyOptions(look);
      else this.made.set(line.id, series.createPriceLine(look));
    }
  }
  // a primitive of Lightweight Charts only to keep lines in view that are not far from the last bar
  autoscaleInfo(from, to) {
    const { store } = this.chart, last = store.close[store.n - 1];
    const near = to < store.n - 2 ? [] : this.given.map((line) => line.price).filter((price) => Math.abs(price / last - 1) < REACH);
    return near.length ? { priceRange: { minValue: Math.min(...near), maxValue: Math.max(...near) } } : null;
  }
  under(p) {
    return this.given.find((line) => line.drag && Math.abs((this.chart.yOf(line.price) ?? -99) - p.y) <= NEAR);
  }
  down(p) {
    const found = this.under(p);
    if (!found) return false;
    this.held = { id: found.id, price: found.price, from: found.price };
    return true;
  }
  move(p) {
    if (!this.held) return;
    this.held.price = this.chart.snap(this.chart.priceAt(p));
    this.use(this.given);
  }
  // the move, if there was one
  up() {
    const held = this.held;
    this.held = null;
    if (held) this.draw();
    return held && held.price !== held.from ? held : null;
  }
}

// Trades on their bars: a primitive of Lightweight Charts; a pair of trades is joined by a line
export class Marks {
  constructor(chart) {
    this.chart = chart;
    this.given = [];
  }
  use(given) {
    this.given = given;
    this.update?.();
  }
  attached({ requestUpdate }) {
    this.update = requestUpdate;
  }
  detached() {
    this.update = null;
  }
  paneViews() {
    return [{ zOrder: () => "top", renderer: () => ({ draw: (target) => target.useMediaCoordinateSpace(({ context }) => this.draw(context)) }) }];
  }
  draw(pen) {
    const token = tokens(), left = this.chart.timeAt(0), right = this.chart.timeAt(this.chart.wide());
    for (const mark of this.given) {
      if (mark.to) this.join(pen, mark, token);
      if (mark.time < left - this.chart.facts.seconds || mark.time > right) continue;
      this.mark(pen, mark, token);
    }
  }
  spot({ time, price }) {
    return { x: this.chart.xOf(this.chart.store.time[Math.max(0, this.chart.store.at(time))]), y: this.chart.yOf(price) };
  }
  mark(pen, mark, token) {
    const { x, y } = this.spot(mark), way = mark.side === "buy" ? 1 : -1;
    if (x === null || y === null) return;
    pen.fillStyle = token(mark.side === "buy" ? "--up" : "--down");
    pen.strokeStyle = token("--bg1");
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x - TRIANGLE, y + way * TRIANGLE * 1.7);
    pen.lineTo(x + TRIANGLE, y + way * TRIANGLE * 1.7);
    pen.closePath();
    pen.stroke();
    pen.fill();
    mark.at = { x, y: y + way * TRIANGLE };
  }
  join(pen, mark, token) {
    const a = this.spot(mark), b = this.spot(mark.to);
    if ([a.x, a.y, b.x, b.y].includes(null)) return;
    pen.strokeStyle = colours(`var(${mark.gain >= 0 ? "--up" : "--down"}) / 70%`, token);
    pen.lineWidth = 1.2;
    pen.setLineDash([4, 3]);
    pen.beginPath();
    pen.moveTo(a.x, a.y);
    pen.lineTo(b.x, b.y);
    pen.stroke();
    pen.setLineDash([]);
  }
  under(p) {
    return this.given.filter((mark) => mark.at && Math.hypot(mark.at.x - p.x, mark.at.y - p.y) <= TRIANGLE + 3);
  }
}
