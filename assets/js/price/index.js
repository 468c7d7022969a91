// What the price chart is made of, one file each.
export { Bars, IST, Pair, numbers, unpack } from "./store.js";
export * as look from "./look.js";
export { Legend } from "./legend.js";
