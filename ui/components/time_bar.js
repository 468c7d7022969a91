// The time of a replay: play, pause, speed, a minute on or back, any moment of the day. Drags are told once they rest.
import { FORMATS } from "desk-formats";
import { free } from "desk-keys";

const REST = 250;

export default {
  template: `<div class="time-bar" :class="{ playing }" data-testid="time-bar">
    <span class="replay-word">{{ word }}</span>
    <button class="button replay-day" title="Choose a day" data-testid="replay-day" @click="$emit('choose')">{{ title }}</button>
    <button class="icon-button" title="A minute back (,)" aria-label="A minute back" data-testid="replay-back" :disabled="!day" @click="$emit('step', -1)"><i class="q-icon material-icons">skip_previous</i></button>
    <button class="icon-button replay-play" :title="(playing ? 'Pause' : 'Play') + ' (P)'" :aria-label="playing ? 'Pause' : 'Play'" data-testid="replay-play" :disabled="!day || ended" @click="toggle"><i class="q-icon material-icons">{{ playing ? "pause" : "play_arrow" }}</i></button>
    <button class="icon-button" title="A minute on (.)" aria-label="A minute on" data-testid="replay-on" :disabled="!day || ended" @click="$emit('step', 1)"><i class="q-icon material-icons">skip_next</i></button>
    <select class="time-day replay-speed" aria-label="Speed" title="Speed (&lt; &gt;)" data-testid="replay-speed" :value="speed" :disabled="!day" @change="chosen">
      <option v-for="s in speeds" :key="s" :value="s">{{ s }}×</option></select>
    <span class="replay-track"><span v-for="(p, n) in marks" :key="n" class="replay-mark" :class="p[2]" :style="{ left: p[0] + '%', width: p[1] + '%' }" :title="p[3]"></span>
      <input class="time-range" type="range" :min="begins" :max="ends" step="60" :value="shown" :disabled="!day" aria-label="Time" data-testid="replay-range" :aria-valuetext="said" @input="drag(Number($event.target.value))"></span>
    <input class="replay-time" type="text" inputmode="numeric" maxlength="8" :placeholder="clock" :disabled="!day" aria-label="Go to a time" title="Go to a time: 13:45" data-testid="replay-time"
      @keydown.enter.prevent="typed" @keydown.esc="$event.target.blur()">
    <span class="time-said num" role="status" data-testid="replay-said" :title="notes.join('\\n')">{{ said }}</span></div>`,
  props: { speeds: Array },
  emits: ["ready", "choose", "play", "pause", "step", "speed", "jump", "time"],
  data() {
    return { day: null, title: "", begins: 0, ends: 1, windows: [], gaps: [], word: "REPLAY", notes: [], now: 0, playing: false, speed: 1, reached: 0, bound: 0, ended: false, dragged: 0 };
  },
  computed: {
    shown() {
      return this.dragged || this.bound || this.now;
    },
    clock() {
      return this.day ? FORMATS.clock(this.now * 1000) : "";
    },
    said() {
      if (!this.day) return this.day === null ? "" : "no day";
      const at = time(this.shown);
      if (this.bound) return `going to ${at}`;
      if (this.ended) return `${at} · over`;
      if (!this.playing) return `${at} · paused`;
      const gap = this.gaps.find((g) => g[0] <= this.now && this.now < g[1]);
      const slow = this.reached && this.reached < 0.8 * this.speed ? ` · reaches ${this.reached.toFixed(0)}×` : "";
      return `${at} · ${gap ? "nothing recorded" : `${this.speed}×`}${slow}`;
    },
    marks() {
      const part = (first, last, kind, tip) => [(100 * (first - this.begins)) / (this.ends - this.begins), (100 * (last - first)) / (this.ends - this.begins), kind, tip];
      const tip = (word, w) => `${word} ${time(w[0])} – ${time(w[1])}`;
      return [...this.windows.map((w) => part(w[0], w[1], "window", tip("Session", w))), ...this.gaps.map((g) => part(g[0], g[1], "gap", tip("Nothing recorded", g)))];
    },
  },
  mounted() {
    document.addEventListener("keydown", this.key);
    this.$emit("ready");
  },
  unmounted() {
    document.removeEventListener("keydown", this.key);
    clearTimeout(this.resting);
  },
  methods: {
    // from the server
    show(state) {
      Object.assign(this, state);
    },
    released() {
      this.dragged = 0; // the server did not go there
    },

    // the user
    toggle() {
      this.$emit(this.playing ? "pause" : "play");
    },
    drag(moment) {
      this.dragged = moment;
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.$emit("jump", this.dragged), REST);
    },
    chosen(event) {
      this.$emit("speed", Number(event.target.value));
      event.target.blur(); // so that keys are heard again
    },
    typed(event) {
      this.$emit("time", event.target.value);
      event.target.value = "";
      event.target.blur();
    },
    faster(by) {
      const at = this.speeds.findIndex((s) => s >= this.speed);
      const to = this.speeds[Math.max(0, Math.min(this.speeds.length - 1, at + by))];
      if (to !== this.speed) this.$emit("speed", to);
    },
    key(event) {
      if (!this.day || !free(event)) return;
      const acts = { p: () => this.ended || this.toggle(), ",": () => this.$emit("step", -1), ".": () => this.ended || this.$emit("step", 1), "<": () => this.faster(-1), ">": () => this.faster(1) };
      const act = acts[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    },
  },
};

function time(seconds) {
  return FORMATS.clock(seconds * 1000) + new Date(seconds * 1000).toISOString().slice(16, 19);
}
