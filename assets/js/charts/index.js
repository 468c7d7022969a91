// What the chart components are made of, one file each.
export { colours, option, tokens, top, written } from "./theme.js";
export { Table } from "./table.js";
export { headroom, marksSeries, place } from "./marks.js";
export { frame, panel } from "./panel.js";
export { SCALE, picture } from "./picture.js";
