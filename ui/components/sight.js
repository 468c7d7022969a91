// Tells the server whether anybody sees the page: a hidden one is not worth a message.
export default {
  template: `<span hidden></span>`,
  emits: ["shown"],
  mounted() {
    this.tell = () => this.$emit("shown", !document.hidden);
    document.addEventListener("visibilitychange", this.tell);
    if (document.hidden) this.tell();
  },
  unmounted() {
    document.removeEventListener("visibilitychange", this.tell);
  },
};
