// What every chart's panel does: head with age and exports, saying whether it is seen, and answering the server.
import { FORMATS } from "desk-formats";
import { tokens } from "./theme.js";
import { picture } from "./picture.js";

const ACK_EVERY = 150, STALE = 5;

const tool = (event, name, icon, title) =>
  `<button class="icon-button" title="${title}" aria-label="${title}" :data-testid="name + '-${name}'" @click="${event}"><i class="q-icon material-icons">${icon}</i></button>`;

export const frame = `<section class="panel chart-panel" :class="{ bare: !title }">
  <header class="panel-head"><div class="panel-title">{{ title }}</div><div class="chart-age" ref="age" :data-testid="name + '-age'"></div><div class="panel-tools"><slot></slot>
    ${tool("whole", "reset", "zoom_out_map", "Whole range (0)")}
    ${tool("$emit('export', 'png')", "png", "image", "Save as picture (PNG)")}
    ${tool("$emit('export', 'csv')", "csv", "table_view", "Save the numbers (CSV)")}</div></header>
  <div class="chart-body" tabindex="0" role="img" :aria-label="label" ref="body"><div class="chart-host" ref="host"></div><div class="chart-empty" ref="empty" :data-testid="name + '-empty'">{{ empty }}</div></div></section>`;

export const panel = {
  props: { option: Object, name: String, title: String, label: String, empty: String },
  emits: ["view", "export"],
  created() {
    this.seq = this.revision = 0;
    this.inView = false;
  },
  mounted() {
    this.$el.__chart = this;
    this.sight = new IntersectionObserver((seen) => ((this.inView = seen.at(-1).isIntersecting), this.look()));
    this.sight.observe(this.$refs.host);
    this.theme = new MutationObserver(() => this.themed());
    this.theme.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    document.addEventListener("visibilitychange", this.look);
    this.ticking = setInterval(() => this.tellAge(), 1000);
    this.$emit("view", { shown: false, seq: 0, fresh: true });
  },
  unmounted() {
    this.sight.disconnect();
    this.theme.disconnect();
    document.removeEventListener("visibilitychange", this.look);
    clearTimeout(this.acking);
    clearInterval(this.ticking);
  },
  methods: {
    heard(seq, stamp) {
      this.seq = seq;
      if (stamp) this.stamp = { ...stamp, heard: performance.now() };
      this.tellAge();
      if (!this.acking) this.acking = setTimeout(() => ((this.acking = 0), this.tell()), ACK_EVERY);
    },
    tell() {
      this.$emit("view", { shown: this.inView && !document.hidden, seq: this.seq, fresh: false });
    },
    look() {
      const shown = this.inView && !document.hidden;
      if (shown) this.appear();
      if (shown !== this.shown) this.tell();
      this.shown = shown;
    },
    tellAge() {
      const said = this.$refs.age, stamp = this.stamp;
      if (!said || !stamp || !this.inView) return;
      const replayed = !!document.querySelector(".frame.mode-replay"); // its time is not that of the wall
      const age = stamp.age + (performance.now() - stamp.heard) / 1000, old = !replayed && age > STALE;
      const text = stamp.recorded ? `AS OF ${FORMATS.clock(stamp.at)} · RECORDED` : replayed ? `at ${FORMATS.clock(stamp.at)}` : `${old ? "stale" : "live"} · ${age < 60 ? `${age.toFixed(1)} s` : `${Math.round(age / 60)} min`}`;
      if (said.textContent !== text) said.textContent = text;
      said.dataset.state = stamp.recorded ? "recorded" : old ? "stale" : "live";
    },
    counted(count) {
      this.$refs.empty.hidden = count > 0;
      this.$refs.host.classList.toggle("nothing", !count);
      Object.assign(this.$el.dataset, { count, revision: ++this.revision });
    },
    save(body, words) {
      const banner = document.querySelector(".mode-banner"), home = banner?.closest(".frame") ?? banner;
      picture(body, tokens(), { ...words, mode: banner?.textContent.trim() ?? "", colour: home && getComputedStyle(home).getPropertyValue("--mode").trim() });
    },
  },
};
