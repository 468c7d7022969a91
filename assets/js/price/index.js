// What the price chart is made of, one file each.
export { Bars, IST, Pair, unpack } from "./store.js";
export * as look from "./look.js";
export { Legend } from "./legend.js";
export { Lines, Marks } from "./lines.js";
export { drawing } from "./drawing.js";
export { ground } from "./ground.js";
export { pointer } from "./pointer.js";
export { studies } from "./studies.js";
export { toolbar } from "./toolbar.js";
