// A surface in space over NiceGUI's own Plotly, which is large: it is loaded when the surface is first seen.
import { SCALE, frame, panel, Table, tokens, written } from "desk-charts";

const TICKS = 6, FACES = ["x", "y", "z"], CAMERA = { eye: { x: 1.75, y: -1.82, z: 0.88 }, center: { x: 0, y: 0, z: -0.14 } };

export default {
  mixins: [panel],
  template: frame,
  mounted() {
    this.table = new Table(this.option);
    this.sizes = new ResizeObserver(() => this.drawn && this.Plotly.Plots.resize(this.$refs.host));
    this.sizes.observe(this.$refs.host);
  },
  unmounted() {
    this.sizes.disconnect();
    if (this.drawn) this.Plotly.purge(this.$refs.host);
    this.Plotly = null;
  },
  methods: {
    // from the server
    push(parts, seq, stamp) {
      for (const name in parts) this.table.patch(name, parts[name]);
      this.changed ||= Object.keys(parts).length > 0;
      this.heard(seq, stamp);
      this.draw();
    },
    set(option) {
      this.table.use(option);
    },
    marks() {},
    async picture(words) {
      if (!this.drawn) return;
      const image = new Image(), { clientWidth: width, clientHeight: height } = this.$refs.host;
      image.src = await this.Plotly.toImage(this.$refs.host, { format: "png", width, height, scale: SCALE });
      await image.decode();
      const body = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
      body.getContext("2d").drawImage(image, 0, 0);
      this.save(body, words);
    },

    // drawing
    async appear() {
      if (!this.Plotly) {
        this.loading ??= import("nicegui-plotly");
        this.Plotly = Vue.markRaw((await this.loading).Plotly);
      }
      this.draw();
    },
    themed() {
      if (this.drawn) this.Plotly.relayout(this.$refs.host, this.layout());
    },
    draw() {
      if (!this.Plotly || !this.changed || !this.inView) return;
      this.changed = false;
      const count = this.table.count, data = this.data();
      if (count && this.drawn) this.Plotly.update(this.$refs.host, { x: [data.x], y: [data.y], z: [data.z], text: [data.text] }, { scene: this.layout().scene });
      else if (count) {
        this.Plotly.newPlot(this.$refs.host, [data], this.layout(), { displayModeBar: false, responsive: false });
        this.drawn = true;
      }
      this.counted(count);
    },
    data() {
      const { x, y, heat = [] } = this.table.parts, z = y.map((_, j) => heat.map((row) => row[j])); // rows by y
      const token = tokens(), [wx, wy, wz] = this.writers();
      return {
        type: "surface", x, y, z, showscale: false, hoverinfo: "text", contours: { x: { highlight: true }, y: { highlight: true } },
        text: z.map((row, j) => row.map((value, i) => `${wx(x[i])} · ${wy(y[j])} · ${value === null ? "–" : wz(value)}`)),
        colorscale: [[0, token("--accent")], [0.5, token("--mode-simulated")], [1, token("--warn")]],
      };
    },
    writers() {
      return [written(this.table.axes.x.format), written(this.table.axes.y.format), written(Object.values(this.table.series)[0].format)];
    },
    layout() {
      const token = tokens(), { x = [], y = [], heat = [] } = this.table.parts, flat = heat.flat().filter((v) => v !== null), writers = this.writers();
      const names = [this.table.axes.x.name ?? "", this.table.axes.y.name ?? "", Object.values(this.table.series)[0].name];
      const axis = (values, at) => {
        const low = Math.min(...values), high = Math.max(...values), places = Array.from({ length: TICKS }, (_, i) => low + ((high - low) * i) / (TICKS - 1));
        return {
          title: { text: names[at], font: { size: 11, family: token("--word") } }, tickvals: places, ticktext: places.map(writers[at]), gridcolor: token("--line1"), zeroline: false, color: token("--txt2"), showbackground: false, spikecolor: token("--txt3"),
        };
      };
      const faces = FACES.map((face, at) => [`${face}axis`, axis([x, y, flat][at].length ? [x, y, flat][at] : [0, 1], at)]);
      return {
        uirevision: "kept", autosize: true, margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: token("--bg1"), font: { family: token("--num"), size: 10, color: token("--txt2") },
        hoverlabel: { bgcolor: token("--bg2"), bordercolor: token("--line2"), font: { color: token("--strong") } },
        scene: { ...Object.fromEntries(faces), uirevision: "kept", aspectratio: { x: 1.5, y: 1.2, z: 0.75 }, camera: (this.drawn && this.$refs.host.layout.scene.camera) || CAMERA },
      };
    },
    whole() {
      if (this.drawn) this.Plotly.relayout(this.$refs.host, { "scene.camera": CAMERA });
    },
  },
};
