// A small picture of a pay-off: profit above the line, loss below it.
export default {
  template: `<svg class="payoff-icon" viewBox="0 0 68 30" aria-hidden="true"><path class="profit" :d="icon.profit"></path><path class="loss" :d="icon.loss"></path>
    <line x1="2" x2="66" :y1="icon.zero" :y2="icon.zero"></line><path class="curve" :d="icon.line"></path></svg>`,
  props: { icon: Object },
};
