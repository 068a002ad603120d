// The form beside the picture: what is asked, and the numbers that came back.

import { digitsFor } from "./legend.js";
import { number } from "./words.js";

const OWN = "own";
const PLACES = ["at_x", "at_y", "at_z", "handle_deg", "gap_mm", "tilt_x", "tilt_y"];

function option(value, text, title = "") {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  if (title) made.title = title;
  return made;
}

function group(label, options) {
  const made = document.createElement("optgroup");
  made.label = label;
  made.append(...options);
  return made;
}

export class Panel {
  // told: { asked(), placed(), preset(name) }.
  constructor(find, words, meta, told) {
    this.find = find;
    this.words = words;
    this.meta = meta;
    this.told = told;
    this.form = find("form");
    this.fields = this.form.elements;
    this.fillChoices();
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", (event) => this.changed(event.target));
    find("put").addEventListener("click", () => told.preset(this.fields.preset.value));
    find("best").addEventListener("click", () => told.preset("best"));
    this.fields.gap_mm.value = meta.gap_mm;
    this.fields.handle_deg.value = meta.handle_deg;
  }

  fillChoices() {
    const { meta, fields, words } = this;
    fields.coil.append(...meta.coils.map((coil) => option(coil.id, coil.name)));
    fields.target.append(
      ...meta.targets.map((target) => option(target.id, target.title)),
      option(OWN, words.get("own-target")),
    );
    const first = fields.target.dataset.first;
    if (meta.targets.some((target) => target.id === first)) fields.target.value = first;
    const coil = fields.coil.dataset.first;
    if (meta.coils.some((one) => one.id === coil)) fields.coil.value = coil;
    const chosen = fields.preset.querySelector('[value="chart"]');
    const of = (kind) => meta.presets.filter((preset) => preset.id.startsWith(kind))
      .map((preset) => option(preset.id, preset.title, preset.source));
    fields.preset.append(
      group(words.get("by-rule"), of("rule:")),
      group(words.get("over"), of("target:")),
      group(words.get("at-electrode"), meta.electrodes.map((e) => option(`eeg:${e}`, e))),
    );
    fields.preset.value = chosen ? "chart" : `target:${fields.target.value}`;
  }

  changed(field) {
    if (!field.name || field.name === "preset") return;
    if (field.name === "target") {
      const own = field.value === OWN;
      this.find("own-target").hidden = !own;
      if (!own) this.fields.preset.value = `target:${field.value}`;
      if (own && !this.ownTarget()) return;
    }
    if (PLACES.includes(field.name)) this.told.placed();
    else this.told.asked();
  }

  ownTarget() {
    const { fields } = this;
    const values = ["x", "y", "z"].map((axis) => fields[`target_${axis}`].value);
    return values.every((text) => text !== "") ? values.map(Number) : null;
  }

  get coil() {
    return this.fields.coil.value;
  }

  // Coil, output and target of the question, as the server wants them.
  setting() {
    const { fields } = this;
    const own = fields.target.value === OWN ? this.ownTarget() : null;
    const first = this.meta.targets[0].id;
    return {
      coil: fields.coil.value,
      output_pct: Number(fields.output_pct.value) || 100,
      target: own ? "" : fields.target.value === OWN ? first : fields.target.value,
      target_mm: own,
    };
  }

  typedPlace() {
    const { fields } = this;
    const value = (name) => Number(fields[name].value) || 0;
    return {
      at_mm: [value("at_x"), value("at_y"), value("at_z")],
      handle_deg: value("handle_deg"),
      tilt_deg: [value("tilt_x"), value("tilt_y")],
      gap_mm: value("gap_mm"),
    };
  }

  // Puts what was asked before into the fields again.
  restore(meta) {
    const { fields } = this;
    fields.coil.value = meta.coil;
    if (meta.output_pct) fields.output_pct.value = meta.output_pct;
    fields.target.value = meta.target || OWN;
    this.find("own-target").hidden = Boolean(meta.target);
    if (!meta.target) {
      ["x", "y", "z"].forEach((axis, k) => {
        fields[`target_${axis}`].value = meta.target_mm[k].toFixed(1);
      });
    }
  }

  show(meta) {
    const { find, words, fields } = this;
    const digits = digitsFor(meta.mean);
    find("mean").textContent = number(meta.mean, digits);
    find("unit").textContent = meta.unit;
    find("error").textContent = words.fill("error", { error: number(100 * meta.relative_error, 1) });
    find("error").title = words.get("error-of");
    find("largest").textContent = `${number(meta.largest, digits)} ${meta.unit}`;
    find("peak").textContent = `${number(meta.peak, digits)} ${meta.unit}`;
    find("gap").textContent = `${number(meta.gap_mm, 1)} mm`;
    find("distance").textContent = `${number(meta.distance_mm, 0)} mm`;
    const { place } = meta;
    const shown = [
      ["at_x", place.at_mm[0], 1], ["at_y", place.at_mm[1], 1], ["at_z", place.at_mm[2], 1],
      ["handle_deg", place.handle_deg, 0], ["gap_mm", place.gap_mm, 1],
      ["tilt_x", place.tilt_deg[0], 1], ["tilt_y", place.tilt_deg[1], 1],
    ];
    for (const [name, value, decimals] of shown) {
      if (document.activeElement !== fields[name]) fields[name].value = value.toFixed(decimals);
    }
    fields.output_pct.disabled = meta.output_pct === null;
    find("rate").textContent = this.settingWords(meta);
    find("legend-setting").textContent = this.settingWords(meta);
    find("target-note").textContent = this.targetWords(meta);
    this.showFindings(meta.findings);
  }

  settingWords(meta) {
    const coil = this.meta.coils.find((one) => one.id === meta.coil);
    if (meta.output_pct === null) {
      return this.words.fill("setting-unknown", { coil: coil.name });
    }
    return this.words.fill("setting", {
      coil: coil.name, output: number(meta.output_pct, 0), stimulator: coil.stimulator,
      didt: number(meta.didt_a_per_us, 0),
    });
  }

  targetWords(meta) {
    const [x, y, z] = meta.target_mm.map((value) => number(value, 0));
    const known = this.meta.targets.find((one) => one.id === meta.target);
    const points = meta.target_points;
    if (!known) return this.words.fill("own-note", { x, y, z, points });
    const moved = number(known.moved_mm, 1);
    return this.words.fill("target-note", { x, y, z, points, moved, source: known.source });
  }

  showFindings(findings) {
    const key = JSON.stringify(findings);
    if (key === this.findingsShown) return;
    this.findingsShown = key;
    this.find("findings").replaceChildren(...findings.map((finding) => {
      const line = document.createElement("li");
      line.className = finding.severity;
      const more = [finding.found, finding.limit].filter(Boolean).join("; ");
      line.textContent = finding.message + (more ? ` (${more})` : ".");
      return line;
    }));
  }

  showInterval(detail) {
    const digits = digitsFor(detail.mean);
    const interval = this.find("interval");
    interval.textContent = this.words.fill("interval", {
      low: number(detail.low, digits), high: number(detail.high, digits), unit: detail.unit,
    });
    interval.title = detail.how;
    interval.classList.remove("waits");
  }

  hideInterval() {
    this.find("interval").textContent = this.words.get("moving");
    this.find("interval").classList.add("waits");
  }

  say(meta, detail) {
    const digits = digitsFor(meta.mean);
    this.find("said").textContent = this.words.fill("said", {
      mean: number(meta.mean, digits), unit: meta.unit, low: number(detail.low, digits),
      high: number(detail.high, digits), error: number(100 * meta.relative_error, 1),
      gap: number(meta.gap_mm, 1), distance: number(meta.distance_mm, 0),
      handle: number(meta.place.handle_deg, 0),
    });
  }

  wrong(sentence) {
    const place = this.find("wrong");
    place.hidden = !sentence;
    if (place.textContent !== sentence) place.textContent = sentence;
  }
}
