// Plays tones; the browser allows none before the first click. Of several open pages one plays.
export default {
  template: `<span hidden></span>`,
  created() { this.known = new Map(); },
  methods: {
    play(name, volume, once) {
      if (!once || !navigator.locks) return this.ring(name, volume);
      const hold = (lock) => lock && this.ring(name, volume).then(() => new Promise((done) => setTimeout(done, 1500)));
      return navigator.locks.request(`strikedesk-tone-${once}`, { ifAvailable: true }, hold);
    },
    async ring(name, volume) {
      let tone = this.known.get(name);
      if (!tone) this.known.set(name, (tone = new Audio(`/assets/sounds/${name}.wav`)));
      tone.volume = volume;
      tone.currentTime = 0;
      try { await tone.play(); } catch { /* not allowed before a click, or no loudspeaker: the words are on the screen */ }
    },
  },
};
