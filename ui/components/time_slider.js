// The time of a page: any recorded minute of a day, or live. Drags are told once they rest for a moment.
import { FORMATS } from "desk-formats";
import { free } from "desk-keys";

const REST = 80, PLAY_EVERY = 400, MINUTE = 60_000;

export default {
  template: `<div class="time-slider" :class="{ back: !live }" data-testid="time-slider">
    <select class="time-day" aria-label="Recorded day" data-testid="time-day" :value="day" @change="$emit('day', $event.target.value)" :disabled="!days.length">
      <option v-if="!days.length" value="">no record yet</option><option v-for="d in days" :key="d[0]" :value="d[0]">{{ d[1] }}</option></select>
    <button class="icon-button" title="A minute back (←)" aria-label="A minute back" data-testid="time-back" :disabled="!minutes.length" @click="step(-1)"><i class="q-icon material-icons">chevron_left</i></button>
    <input class="time-range" type="range" min="0" :max="Math.max(0, minutes.length - 1)" :value="row" aria-label="Minute" data-testid="time-range" :disabled="!minutes.length"
      :aria-valuetext="said" @input="drag(Number($event.target.value))">
    <button class="icon-button" title="A minute on (→)" aria-label="A minute on" data-testid="time-on" :disabled="!minutes.length" @click="step(1)"><i class="q-icon material-icons">chevron_right</i></button>
    <button class="icon-button" :title="(playing ? 'Stop' : 'Play') + ' (space)'" :aria-label="playing ? 'Stop' : 'Play'" data-testid="time-play" :disabled="!minutes.length" @click="play"><i class="q-icon material-icons">{{ playing ? "pause" : "play_arrow" }}</i></button>
    <span class="time-said num" role="status" data-testid="time-said">{{ said }}</span>
    <button class="button time-live" title="Back to live (L)" data-testid="time-live" :disabled="live" @click="goLive">Live</button></div>`,
  emits: ["ready", "day", "minute", "live"],
  data() {
    return { days: [], day: "", minutes: [], row: 0, live: true, playing: 0 };
  },
  computed: {
    said() {
      if (this.live) return "LIVE";
      if (!this.minutes.length) return "";
      const moment = (this.minutes[this.row] + 1) * MINUTE; // numbers are of the minute's end
      return `AS OF ${FORMATS.clock(moment)} · ${FORMATS.day(moment)} · RECORDED`;
    },
  },
  mounted() {
    document.addEventListener("keydown", this.key);
    this.$emit("ready");
  },
  unmounted() {
    document.removeEventListener("keydown", this.key);
    clearTimeout(this.resting);
    clearInterval(this.playing);
  },
  methods: {
    // from the server
    show(state) {
      if (this.resting) Object.assign(this, { days: state.days, minutes: state.minutes }); // the hand is ahead of the server
      else Object.assign(this, state);
    },

    // the user
    drag(row) {
      this.row = Math.max(0, Math.min(this.minutes.length - 1, row));
      this.live = false;
      clearTimeout(this.resting);
      this.resting = setTimeout(() => {
        this.resting = 0;
        this.$emit("minute", this.minutes[this.row]);
      }, REST);
    },
    step(by) {
      if (!this.minutes.length) return;
      if (this.live && by > 0) return;
      if (!this.live && by > 0 && this.row === this.minutes.length - 1) return void this.stop();
      this.drag(this.live ? this.minutes.length - 1 : this.row + by);
    },
    play() {
      if (this.playing) return void this.stop();
      if (this.live || this.row === this.minutes.length - 1) this.drag(0);
      this.playing = setInterval(() => this.step(1), PLAY_EVERY);
    },
    stop() {
      clearInterval(this.playing);
      this.playing = 0;
    },
    goLive() {
      this.stop();
      clearTimeout(this.resting);
      this.resting = 0;
      this.live = true;
      this.row = Math.max(0, this.minutes.length - 1);
      this.$emit("live");
    },
    key(event) {
      const moves = { ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), " ": () => this.play(), l: () => this.goLive(), L: () => this.goLive() };
      const live = this.live && event.key.toLowerCase() === "l";
      if (!moves[event.key] || !free(event) || live || !this.$el.offsetParent) return;
      event.preventDefault();
      moves[event.key]();
    },
  },
};
