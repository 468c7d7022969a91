// Dockable panels: NiceGUI's slots are teleported into dockview's panels, so Vue keeps owning the content.
// Where there is no room for panels side by side, they become tabs, or stand one under another.
import { createDockview } from "dockview";

const NARROW = 760, SETTLED = 500;

export default {
  template: `<div class="dock-root" :class="{ stacked: narrow && stacked }">
    <button v-if="!narrow" class="icon-button dock-reset" @click="reset" data-testid="dock-reset" title="Panels as at first"
      aria-label="Panels as at first"><i class="q-icon material-icons">space_dashboard</i></button>
    <div v-if="narrow && !stacked" class="dock-tabs"><button v-for="p in panels" :key="p.id" :class="{ here: p.id === open }" @click="show(p.id)"
      :data-testid="'tab-' + p.id">{{ p.title }}</button></div>
    <div ref="host" class="dock-host"></div>
    <Teleport v-for="p in live" :key="p.id" :to="p.el"><slot :name="p.id"></slot></Teleport></div>`,
  props: { panels: Array, layout: Object, stacked: Boolean },
  emits: ["layout"],
  data() {
    return { live: [], narrow: window.innerWidth < NARROW, open: this.panels[0].id };
  },
  mounted() {
    this.build();
    this.sizes = new ResizeObserver(() => {
      if (window.innerWidth < NARROW !== this.narrow) {
        this.narrow = !this.narrow;
        this.build();
      }
    });
    this.sizes.observe(this.$el);
  },
  unmounted() {
    this.sizes.disconnect();
    clearTimeout(this.settling);
    this.api?.dispose();
  },
  methods: {
    build() {
      this.api?.dispose();
      this.api = null;
      this.live = [];
      this.$refs.host.textContent = "";
      this.narrow ? this.stack() : this.dock();
    },
    stack() {
      for (const panel of this.panels) {
        const sheet = this.$refs.host.appendChild(document.createElement("div"));
        sheet.className = "dock-sheet";
        sheet.dataset.panel = panel.id;
        this.live.push(Vue.markRaw({ id: panel.id, el: this.stacked ? this.titled(sheet, panel.title) : sheet }));
      }
      this.show(this.open);
    },
    titled(sheet, title) {
      Object.assign(sheet.appendChild(document.createElement("h2")), { className: "dock-title", textContent: title });
      return Object.assign(sheet.appendChild(document.createElement("div")), { className: "dock-body" });
    },
    dock() {
      this.api = Vue.markRaw(
        createDockview(this.$refs.host, {
          theme: { name: "desk", className: "dockview-theme-desk", gap: 3 },
          disableFloatingGroups: true,
          createComponent: (options) => {
            const element = document.createElement("div");
            element.className = "dock-panel";
            return {
              element,
              init: () => this.live.push(Vue.markRaw({ id: options.id, el: element })),
              dispose: () => (this.live = this.live.filter((p) => p.id !== options.id)),
            };
          },
        }),
      );
      if (!this.restored()) this.lay();
      this.api.onDidLayoutChange(() => {
        clearTimeout(this.settling);
        this.settling = setTimeout(() => this.api && this.$emit("layout", this.api.toJSON()), SETTLED);
      });
    },
    restored() {
      if (!this.layout?.panels || !Object.keys(this.layout.panels).every((id) => this.panels.some((p) => p.id === id))) return false;
      try {
        this.api.fromJSON(this.layout);
        return true;
      } catch (problem) {
        console.info("the saved layout does not fit any more", problem);
        this.api.clear();
        return false;
      }
    },
    add(panel) {
      const there = panel.position && this.api.getPanel(panel.position.referencePanel);
      this.api.addPanel({
        id: panel.id, title: panel.title, component: "slot", position: there ? panel.position : undefined,
        initialWidth: panel.width, initialHeight: panel.height, inactive: panel.inactive,
      });
    },
    show(id) {
      this.open = id;
      if (this.narrow && this.stacked) return;
      if (this.narrow) for (const p of this.live) p.el.style.display = p.id === id ? "" : "none";
      else if (this.api.getPanel(id)) this.api.getPanel(id).api.setActive();
      else this.add(this.panels.find((p) => p.id === id));
    },
    reset() {
      if (!this.api) return;
      this.api.clear();
      this.lay();
    },
    lay() {
      this.panels.forEach((panel) => this.add(panel));
      for (const { id, height } of this.panels) if (height) this.api.getPanel(id).api.setSize({ height }); // from the top down
    },
  },
};
