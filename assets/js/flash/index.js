// Flashes a cell that has moved. Not a CSS animation: one of those makes the browser draw every frame,
// which on a busy chain is all of the time; here a flash begins and fades with the frames that are drawn anyway.
const STEPS = ["flash-0", "flash-1", "flash-2"], STEP = 160;

export class Flashes {
  constructor() {
    this.lit = new Map(); // cell -> [when it began, its class now]
    this.timer = 0;
  }
  start(td, up) {
    this.clear(td);
    const step = STEPS[0];
    td.classList.add(up ? "flash-up" : "flash-down", step);
    this.lit.set(td, [performance.now(), step]);
    this.timer ||= setTimeout(() => ((this.timer = 0), this.fade()), STEP);
  }
  // called with each frame, and by the timer where no frame comes
  fade() {
    const now = performance.now();
    for (const [td, state] of this.lit) {
      const [begun, shown] = state, step = STEPS[Math.floor((now - begun) / STEP)];
      if (step === shown) continue;
      if (!step) this.clear(td);
      else {
        td.classList.replace(shown, step);
        state[1] = step;
      }
    }
    if (this.lit.size) this.timer ||= setTimeout(() => ((this.timer = 0), this.fade()), STEP);
  }
  clear(td) {
    const state = this.lit.get(td);
    if (!state) return;
    td.classList.remove("flash-up", "flash-down", state[1]);
    this.lit.delete(td);
  }
  stop() {
    clearTimeout(this.timer);
  }
}
