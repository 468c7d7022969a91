// Indicators under and over the bars: one pair of series for each of their lines.
import { LineStyle } from "lwc";
import { colours } from "desk-charts";
import { FORMATS } from "desk-formats";
import { studyKind, studyOptions, tokens, volumeWay } from "./look.js";
import { IST, Pair, numbers } from "./store.js";

const SHARE = 1.2, ROOM = 512;

function padded(values, count) {
  const wide = new Float64Array(count + ROOM).fill(NaN);
  wide.set(values.subarray(Math.max(0, values.length - count)), Math.max(0, count - values.length));
  return wide;
}

export const studies = {
  created() {
    this.studied = new Map();
  },
  methods: {
    // all values of a study, one array a line, as long as the bars
    study(spec, text) {
      this.settle();
      const all = numbers(text), each = all.length / spec.outputs.length, old = this.studied.get(spec.id);
      const study = { ...spec, values: spec.outputs.map((_, i) => padded(all.subarray(i * each, (i + 1) * each), this.store.n)) };
      this.studied.set(spec.id, study);
      if (old && JSON.stringify(old.outputs) === JSON.stringify(spec.outputs) && old.pairs) return this.again(study, old);
      if (old) return this.build();
      if (!this.chart) return;
      this.layStudy(study, tokens());
      for (const pair of study.pairs) pair.fill(this.store.n);
      this.told();
    },
    again(study, old) {
      Object.assign(study, { pairs: old.pairs, panes: old.panes, paints: old.paints });
      study.pairs.forEach((pair, i) => {
        pair.row = this.studyRow(study, i);
        pair.fill(this.store.n);
      });
      this.read();
    },
    // values from a bar on
    grown(id, first, rows) {
      const study = this.studied.get(id);
      if (!study) return;
      const from = this.store.n - rows.length;
      rows.forEach((row, i) => row.forEach((value, line) => this.hold(study, line, from + i, value ?? NaN)));
      this.moved = true;
      this.kick();
    },
    hold(study, line, at, value) {
      if (at < 0) return;
      if (at >= study.values[line].length) study.values[line] = padded(study.values[line].subarray(0, at), at + 1);
      study.values[line][at] = value;
    },
    drop(id) {
      if (this.studied.delete(id)) this.build();
    },
    // older bars came before the first
    lengthen(before) {
      for (const study of this.studied.values())
        study.values = study.values.map((values) => padded(values.subarray(0, before), this.store.n));
    },
    studyPairs() {
      return [...this.studied.values()].flatMap((study) => study.pairs ?? []);
    },
    layStudies(token) {
      for (const study of this.studied.values()) this.layStudy(study, token);
    },
    layStudy(study, token) {
      const { chart } = this;
      let own = 0;
      study.panes = study.outputs.map(({ pane }) => (pane === "price" ? 0 : (own ||= chart.panes().length)));
      study.paints = study.outputs.map(({ colour }) => colours(colour, token));
      study.pairs = study.outputs.map((output, i) => {
        const format = output.pane === "price" ? this.format() : { type: "custom", minMove: 0.0001, formatter: (v) => (Math.abs(v) >= 1e5 ? FORMATS.lakh(v) : FORMATS.digits(v, output.digits ?? 2)) };
        return Vue.markRaw(new Pair(chart, studyKind(output.style), studyOptions(output, token, format), study.panes[i], this.studyRow(study, i), { joined: output.style !== "histogram" }));
      });
      if (!own) return;
      chart.panes()[own].setStretchFactor(SHARE);
      const first = study.pairs[study.panes.indexOf(own)];
      for (const price of study.levels ?? []) first.past.createPriceLine({ price, color: token("--line2"), lineWidth: 1, lineStyle: LineStyle.Dashed, axisLabelVisible: false, title: "" });
    },
    // a gap in a line is not bridged: the piece over it has no colour
    studyRow(study, line) {
      const { style } = study.outputs[line];
      if (style === "histogram") {
        const [up, down] = volumeWay(study.outputs[line].colour);
        return (i) => {
          const value = study.values[line][i];
          return value === value ? { time: this.store.time[i] + IST, value, color: value < 0 ? down : up } : { time: this.store.time[i] + IST };
        };
      }
      return (i) => {
        const values = study.values[line], value = values[i], at = this.store.time[i] + IST;
        if (value !== value) return { time: at };
        return i + 1 < this.store.n && values[i + 1] !== values[i + 1] ? { time: at, value, color: "transparent" } : { time: at, value };
      };
    },
  },
};
