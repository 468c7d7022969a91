// The day and the volatility that the pay-off is looked at with: two ranges, told while they move.
const WAIT = 40;

export default {
  template: `<div class="builder-sliders"><label v-for="s in sliders" :key="s.name" :class="'builder-slider ' + s.name" :title="s.tip"><span class="said num" :data-testid="s.name + '-said'">{{ said[s.name] ?? "" }}</span>
    <input type="range" class="time-range" :min="s.low" :max="s.high" step="1" :value="at[s.name]" :aria-label="s.title" :data-testid="s.name" @input="move(s.name, $event)" @dblclick="still(s.name)">
    <button class="icon-button" :disabled="at[s.name] === 0" :title="s.back" :aria-label="s.back" :data-testid="s.name + '-back'" @click="still(s.name)"><i class="q-icon material-icons">restart_alt</i></button></label><slot></slot></div>`,
  props: { sliders: Array },
  emits: ["move", "ready"],
  data() {
    return { said: {}, at: Object.fromEntries(this.sliders.map((s) => [s.name, 0])) };
  },
  mounted() {
    this.$emit("ready");
  },
  unmounted() {
    clearTimeout(this.waiting);
  },
  methods: {
    show(said, at) {
      Object.assign(this.said, said);
      if (!this.waiting) Object.assign(this.at, at); // the hand is ahead of the server
    },
    move(name, event) {
      this.at[name] = Number(event.target.value);
      if (!this.waiting) this.tell();
      this.waiting ??= setTimeout(() => {
        this.waiting = null;
        if (this.told !== this.key()) this.tell();
      }, WAIT);
    },
    still(name) {
      this.at[name] = 0;
      this.tell();
    },
    key() {
      return JSON.stringify(this.at);
    },
    tell() {
      this.told = this.key();
      this.$emit("move", { ...this.at });
    },
  },
};
