// The strip of drawing tools beside the chart.
const PATHS = {
  trend: "M3 15 15 3M3 15m-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M15 3m-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0",
  ray: "M4 14 16 2M4 14m-1.7 0a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0M12 2h4v4",
  level: "M1 9h16M9 9m-1.7 0a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0",
  moment: "M9 1v16M9 9m-1.7 0a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0",
  box: "M3 4h12v10H3z",
  fibonacci: "M2 3h14M2 7h14M2 11h14M2 15h14",
  text: "M4 4h10M9 4v11M7 15h4",
  measure: "M3 12 12 3l3 3-9 9zM6 9l1.5 1.5M8 7l1.5 1.5M10 5l1.5 1.5",
};
const TITLES = {
  trend: "Trend line (T)", ray: "Ray (R)", level: "Horizontal line (H)", moment: "Vertical line (V)", box: "Rectangle (X)", fibonacci: "Fibonacci retracement (F)", text: "Text (N)", measure: "Measure (M)",
};
export const KEYS = { t: "trend", r: "ray", h: "level", v: "moment", x: "box", f: "fibonacci", n: "text", m: "measure" };
export const INKS = ["--accent", "--up", "--down", "--warn", "--mode-simulated", "--ask", "--txt2"];

const icon = (path) => `<svg viewBox="0 0 18 18" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></svg>`;
const act = (name, symbol, title, call, more = "") =>
  `<button type="button" class="price-tool" title="${title}" aria-label="${title}" :data-testid="name + '-${name}'" @click="${call}" ${more}><i class="q-icon material-icons">${symbol}</i></button>`;

export const toolbar = `<div class="price-tools" role="toolbar" aria-label="Drawings" v-if="tools">
  ${Object.entries(PATHS).map(([kind, path]) => `<button type="button" class="price-tool" :class="{ here: tool === '${kind}' }" :aria-pressed="tool === '${kind}'" title="${TITLES[kind]}" aria-label="${TITLES[kind]}" :data-testid="name + '-draw-${kind}'" @click="draw('${kind}')">${icon(path)}</button>`).join("")}
  <span class="price-gap"></span>
  <button type="button" class="price-tool" title="Colour" aria-label="Colour" :aria-expanded="inking" :data-testid="name + '-colour'" @click="inking = !inking"><span class="price-ink" :style="{ background: 'var(' + ink + ')' }"></span></button>
  <div class="price-inks" v-if="inking">${INKS.map((ink, i) => `<button type="button" class="price-tool" aria-label="Colour ${i + 1}" :data-testid="name + '-colour-${i + 1}'" @click="inkIn('${ink}')"><span class="price-ink" style="background: var(${ink})"></span></button>`).join("")}</div>
  ${act("undo", "undo", "Undo (Z)", "undo()", ':disabled="!undoable"')}
  ${act("delete", "delete", "Delete the chosen drawing (Del)", "erase()", ':disabled="!chosen"')}
  ${act("hide", "visibility", "Hide or show drawings", "hide()")}</div>`;
