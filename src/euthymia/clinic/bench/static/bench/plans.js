// Two kept plans: their numbers beside each other, and the difference of their fields.

import { digitsFor } from "./legend.js";
import { length, sub } from "./linear.js";
import { number } from "./words.js";
import { halvesToFloats } from "./wire.js";

export class Plans {
  constructor(find, words, meta) {
    this.find = find;
    this.words = words;
    this.meta = meta;
    this.a = null;
    this.b = null;
  }

  keep(which, answer, detail) {
    this[which] = { meta: answer.meta, halves: answer.halves.slice(), detail };
    this.table();
  }

  detailFor(which, detail) {
    if (this[which]) this[which].detail = detail;
    this.table();
  }

  get both() {
    return Boolean(this.a && this.b);
  }

  get comparable() {
    return this.both && this.a.meta.unit === this.b.meta.unit;
  }

  // B minus A at every point, and a round largest value for its colours.
  difference() {
    const a = halvesToFloats(this.a.halves);
    const out = halvesToFloats(this.b.halves);
    for (let k = 0; k < out.length; k += 1) out[k] -= a[k];
    const sizes = Float32Array.from(out, Math.abs).sort();
    const high = sizes[Math.floor(0.999 * (sizes.length - 1))] || 1e-3;
    const power = 10 ** Math.floor(Math.log10(high));
    const top = [1, 1.5, 2, 3, 5, 8, 10].map((s) => s * power).find((v) => v >= high * 0.999);
    return { values: out, top };
  }

  row(label, a, b, difference = "") {
    const line = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = label;
    line.append(head);
    for (const text of [a, b, difference]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      line.append(cell);
    }
    return line;
  }

  table() {
    const { words, a, b } = this;
    const of = (plan, tell) => (plan ? tell(plan.meta, plan) : "–");
    const name = (meta) => this.meta.coils.find((coil) => coil.id === meta.coil).name;
    const field = (value, unit) => `${number(value, digitsFor(value))} ${unit}`;
    const apart = this.comparable
      ? (tell) => {
        const step = tell(b.meta) - tell(a.meta);
        const share = (100 * step) / tell(a.meta);
        const plus = step > 0 ? "+" : "";
        const digits = digitsFor(tell(a.meta));
        return `${plus}${number(step, digits)} ${b.meta.unit} (${plus}${number(share, 0)} %)`;
      }
      : () => "";
    const both = (label, tell, difference = "") =>
      this.row(words.get(label), of(a, tell), of(b, tell), difference);
    this.find("plans").tBodies[0].replaceChildren(
      both("mean", (m) => field(m.mean, m.unit), apart((m) => m.mean)),
      both("ninety-five", (m, { detail }) => (detail
        ? `${number(detail.low, digitsFor(detail.mean))} to ${number(detail.high, digitsFor(detail.mean))} ${m.unit}`
        : "…")),
      both("peak", (m) => field(m.peak, m.unit), apart((m) => m.peak)),
      both("coil", name),
      both("output", (m) => (m.output_pct === null ? "1 A/µs" : `${number(m.output_pct)} %`)),
      both("target", (m) => m.target_title),
      both("place", (m) => m.pose.matrix_mm.slice(0, 3).map((r) => number(r[3], 0)).join(", ") + " mm",
        this.both ? this.apartWords() : ""),
      both("handle", (m) => `${number(m.place.handle_deg)}°`),
      both("gap", (m) => `${number(m.gap_mm, 1)} mm`),
    );
  }

  apartWords() {
    const [p, q] = [this.a, this.b].map((plan) => plan.meta.pose.matrix_mm);
    const way = length(sub(p.slice(0, 3).map((r) => r[3]), q.slice(0, 3).map((r) => r[3])));
    let trace = 0;
    for (let i = 0; i < 3; i += 1) for (let j = 0; j < 3; j += 1) trace += p[i][j] * q[i][j];
    const angle = (Math.acos(Math.min(1, Math.max(-1, (trace - 1) / 2))) * 180) / Math.PI;
    return this.words.fill("apart", { mm: number(way, 1), deg: number(angle, 0) });
  }
}
