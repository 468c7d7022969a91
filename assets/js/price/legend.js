// The lines of words over the panes: what the crosshair reads, or the last bar.
import { FORMATS } from "desk-formats";
import { moment } from "./look.js";
import { IST } from "./store.js";

const DASH = "–", known = (v, write) => (Number.isFinite(v) ? write(v) : DASH);

function word(name, text, tone = "", id = "") {
  const span = document.createElement("span");
  span.className = "price-word";
  span.innerHTML = `<i></i><b></b>`;
  span.firstChild.textContent = name;
  span.lastChild.textContent = text;
  if (tone) span.lastChild.style.color = tone;
  if (id) span.lastChild.dataset.testid = id;
  return span;
}

export class Legend {
  constructor(host, name) {
    this.host = host;
    this.name = name;
    this.lines = new Map(); // by pane
  }
  // under the upper edge of each pane
  place(panes) {
    const above = this.host.getBoundingClientRect().top;
    for (const [at, line] of this.lines) {
      const pane = panes[at]?.getHTMLElement();
      line.hidden = !pane;
      if (pane) line.style.top = `${pane.getBoundingClientRect().top - above + 4}px`;
    }
  }
  line(pane) {
    if (!this.lines.has(pane)) {
      const made = document.createElement("div");
      made.className = "price-line";
      this.host.append(made);
      this.lines.set(pane, made);
    }
    return this.lines.get(pane);
  }
  clear() {
    this.lines.clear();
    this.host.replaceChildren();
  }
  // `at` is the bar's place
  read(chart, at) {
    const { store: bars, facts } = chart, digits = facts.digits, id = this.name;
    const price = (v) => known(v, (x) => FORMATS.digits(x, digits));
    const words = new Map([...this.lines.keys()].map((pane) => [pane, []]));
    const put = (pane, ...made) => words.set(pane, [...(words.get(pane) ?? []), ...made]);
    if (at >= 0 && at < bars.n) {
      const before = at ? bars.close[at - 1] : bars.open[at], change = bars.close[at] - before;
      const tone = change < 0 ? "var(--down)" : change > 0 ? "var(--up)" : "";
      put(0, word("", moment(bars.time[at] + IST, facts), "var(--txt2)", `${id}-at`));
      for (const [letter, field] of [["O", "open"], ["H", "high"], ["L", "low"], ["C", "close"]]) put(0, word(letter, price(bars[field][at]), tone, `${id}-${field}`));
      put(0, word("", `${change > 0 ? "+" : ""}${price(change)} ${known(change / before, FORMATS.changePercent)}`, tone, `${id}-change`));
      if (chart.volumePane) put(chart.volumePane, word("Volume", FORMATS.lakh(bars.volume[at]), "", `${id}-volume`));
      if (chart.interestPane) put(chart.interestPane, word("Open interest", bars.oi[at] > 0 ? FORMATS.lakh(bars.oi[at]) : DASH, "", `${id}-oi`));
    }
    for (const study of [...chart.studied.values()].filter((each) => each.panes))
      study.outputs.forEach((output, i) => {
        const title = i && output.pane === study.outputs[i - 1].pane ? output.title : study.outputs.length > 1 && output.title !== study.title ? `${study.title} · ${output.title}` : study.title;
        put(study.panes[i], word(title, known(study.values[i][at], (v) => (Math.abs(v) >= 1e5 ? FORMATS.lakh(v) : FORMATS.digits(v, output.digits ?? digits))), study.paints[i], `${id}-${study.id}-${output.name}`));
      });
    for (const [pane, made] of words) this.line(pane).replaceChildren(...made);
  }
}
