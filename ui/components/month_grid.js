// Months as grids of days; a day can be picked with the mouse or the keyboard.
export default {
  template: `<div class="months" :class="{single: months.length === 1}">
    <section v-for="m in months" :key="m.title" class="month">
      <h3>{{ m.title }}</h3>
      <div class="weekdays"><span v-for="d in days" :key="d">{{ d }}</span></div>
      <div v-for="(week, i) in m.weeks" :key="i" class="week">
        <template v-for="(c, j) in week" :key="j">
          <button v-if="c" type="button" class="day" :class="[c[2], {picked: c[0] === picked}]" :title="c[5]"
            :data-testid="'day-' + c[0]" :aria-label="c[0] + ' ' + c[5]" :aria-pressed="c[0] === picked" @click="$emit('pick', c[0])">
            <span class="day-number num">{{ c[1] }}</span>
            <span v-if="c[3]" class="day-note">{{ c[3] }}</span>
            <span v-if="c[4].length" class="day-marks"><i v-for="k in c[4]" :key="k" :class="{strong: k.includes('*'), expected: k[0] === '~'}">{{ k.replace(/[~*]/g, "") }}</i></span>
          </button>
          <span v-else class="day none"></span>
        </template>
      </div>
    </section></div>`,
  props: { months: Array, picked: String },
  emits: ["pick"],
  data() { return { days: ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"] }; },
};
