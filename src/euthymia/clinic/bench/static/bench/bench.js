// The bench itself: one place of the coil, asked about again and again, shown everywhere at once.

import { Hand } from "./hand.js";
import { divergingRow, drawBar } from "./legend.js";
import { add, axisOf, fromRows, placeOf, scaled } from "./linear.js";
import { Newest, Refusal } from "./link.js";
import { Panel } from "./panel.js";
import { Plans } from "./plans.js";
import { Scene } from "./scene.js";
import { Slices } from "./slices.js";
import { Stage } from "./stage.js";
import { drawShifts, drawTurns } from "./tolerance.js";
import { number } from "./words.js";

const REST_MS = 350;
const CROWN = [224, 220, 215];
const TINTS = {
  live: [0.66, 0.76, 0.88, 0.3], a: [0.55, 0.75, 0.95, 0.3], b: [0.98, 0.74, 0.42, 0.3],
};
const AXIS_MM = 62;

export class Bench {
  constructor({ find, words, server, head, gl }) {
    Object.assign(this, { find, words, server, head, gl });
    this.meta = head.meta;
    this.colours = head.arrays.colours;
    this.scene = new Scene(gl, head);
    this.layers = {
      live: this.scene.layer(), a: this.scene.layer(), b: this.scene.layer(),
      difference: this.scene.layer(gl.FLOAT),
    };
    this.stage = new Stage(find("picture"), find("marks"), this.scene, head, {
      put: (point) => this.move({ at_mm: point }),
      turn: (degrees) => this.move({ handle_deg: degrees }),
      began: () => { this.held = true; },
      ended: () => { this.held = false; this.restLater(); },
      drawn: () => this.drawn(),
    });
    this.hand = new Hand(find("picture"), this.stage);
    this.panel = new Panel(find, words, head.meta, {
      asked: () => this.ask({ place: this.place }),
      placed: () => this.move(this.panel.typedPlace()),
      preset: (name) => this.preset(name),
    });
    this.plans = new Plans(find, words, head.meta);
    const canvases = Object.fromEntries(
      ["sagittal", "coronal", "axial"].map((plane) => [
        plane, find("bench").querySelector(`[data-plane="${plane}"]`),
      ]),
    );
    this.slices = new Slices(canvases, this.colours, (point) => this.cutAt(point));
    this.place = null;
    this.answer = null;
    this.detail = null;
    this.top = 0;
    this.updates = 0;
    this.link = new Newest(
      (question) => this.server.post("field/", question, true),
      (answer, question, last) => this.got(answer, last),
      (problem) => this.failed(problem),
    );
    this.detailLink = new Newest(
      (question) => this.server.post("detail/", question),
      (detail, question) => this.gotDetail(detail, question),
      (problem) => this.failed(problem),
    );
    this.sliceLink = new Newest(
      (point) => this.server.post("slices/", { point_mm: point }),
      (slices) => this.gotSlices(slices),
      (problem) => this.failed(problem),
    );
    this.wire();
  }

  async begin() {
    await this.needCoil(this.panel.coil);
    this.preset(this.find("form").elements.preset.value);
  }

  wire() {
    const { find } = this;
    const all = (selector) => find("bench").querySelectorAll(selector);
    all("[data-view]").forEach((button) => button.addEventListener("click", () => {
      if (button.dataset.view === "coil") this.stage.faceCoil();
      else this.stage.camera.show(button.dataset.view);
      this.stage.redraw();
    }));
    find("scalp").addEventListener("input", (event) => {
      this.scene.scalpCover = Number(event.target.value) / 100;
      this.stage.redraw(true);
    });
    find("casing").addEventListener("input", (event) => {
      this.scene.coilCover = Number(event.target.value) / 100;
      this.stage.redraw(true);
    });
    find("electrodes").addEventListener("change", (event) => {
      this.scene.electrodes = event.target.checked ? this.electrodePoints() : [];
      this.stage.redraw();
    });
    find("through").addEventListener("change", () => this.cutWhereAsked());
    all("[data-keep]").forEach((button) =>
      button.addEventListener("click", () => this.keep(button.dataset.keep)));
    all("[data-back]").forEach((button) =>
      button.addEventListener("click", () => this.back(button.dataset.back)));
    find("compare").addEventListener("click", () => this.compare(!this.comparing));
    find("choose")?.addEventListener("submit", () => this.fillChoice());
    window.addEventListener("resize", () => { this.drawLegend(); this.drawTolerance(); });
  }

  electrodePoints() {
    const flat = this.head.arrays.electrodes;
    return this.meta.electrodes.map((_, k) => [...flat.subarray(3 * k, 3 * k + 3)]);
  }

  async needCoil(id) {
    if (this.scene.coils.has(id)) return;
    const { arrays } = await this.server.get(`coil/${encodeURIComponent(id)}/`);
    this.stage.addCoil(id, arrays);
  }

  // Pictures drawn with a field that no picture before had: what the benchmark counts.
  drawn() {
    const picture = this.find("picture");
    if (this.updates === this.updatesDrawn) return;
    this.updatesDrawn = this.updates;
    picture.dataset.updates = Number(picture.dataset.updates ?? 0) + 1;
  }

  // Moves the coil: what is not said stays as it is.
  move(change) {
    if (this.comparing) this.compare(false);
    this.place = { ...this.place, ...change };
    this.ask({ place: this.place });
  }

  preset(name) {
    if (this.comparing) this.compare(false);
    const typed = this.panel.typedPlace();
    const known = this.meta.presets.find((preset) => preset.id === name);
    this.find("busy").hidden = !known?.searches;
    this.ask({ preset: name, handle_deg: typed.handle_deg, gap_mm: typed.gap_mm });
  }

  ask(where) {
    this.number = (this.number ?? 0) + 1;
    this.panel.hideInterval();
    this.panel.wrong("");
    this.link.send({ ...this.panel.setting(), ...where, number: this.number });
    this.restLater();
  }

  async got(answer, last) {
    const { meta, arrays } = answer;
    await this.needCoil(meta.coil);
    this.find("busy").hidden = true;
    this.answer = { meta, halves: arrays.strength };
    // the hand may be on its way to another place already: that one is newer
    if (last) this.place = { ...meta.place };
    this.updates += 1;
    this.layers.live.fill(arrays.strength);
    this.panel.show(meta);
    this.scaleTo(meta);
    this.hold();
    this.show(true);
    this.colourSlices();
    this.restLater();
  }

  hold() {
    const { meta } = this.answer;
    const pose = fromRows(meta.pose.matrix_mm);
    this.stage.hold(meta.coil, pose, [...this.place.at_mm], this.place.handle_deg);
  }

  // The scale holds still while the coil moves, unless the field outgrows it.
  scaleTo(meta) {
    const other = meta.unit !== this.unit;
    if (!other && this.link.waiting === null && !this.held) this.top = meta.scale_top;
    else if (other || meta.peak > 1.1 * this.top) this.top = meta.scale_top;
    this.unit = meta.unit;
    this.drawLegend();
  }

  failed(problem) {
    this.find("busy").hidden = true;
    this.panel.wrong(problem instanceof Refusal ? problem.message : this.words.get("lost"));
  }

  coilShown(meta, tint) {
    return [{ id: meta.coil, pose: fromRows(meta.pose.matrix_mm), tint: TINTS[tint] }];
  }

  show(moving = false) {
    if (!this.answer) return;
    if (this.comparing) {
      this.showBoth();
      return;
    }
    const { meta } = this.answer;
    this.stage.shown = [{
      layer: this.layers.live, top: this.top, signed: false, movable: true,
      coils: this.coilShown(meta, "live"), target: meta.target_mm,
    }];
    this.stage.redraw(moving);
  }

  get sharedTop() {
    return Math.max(this.plans.a.meta.scale_top, this.plans.b.meta.scale_top);
  }

  showBoth() {
    const { a, b } = this.plans;
    const top = this.sharedTop;
    const pane = (plan, tint, title) => ({
      layer: this.layers[tint], top, signed: false, movable: false, title,
      coils: this.coilShown(plan.meta, tint), target: plan.meta.target_mm,
    });
    const shown = [pane(a, "a", "A"), pane(b, "b", "B")];
    if (this.plans.comparable) {
      shown.push({
        layer: this.layers.difference, top: this.differenceTop, signed: true, movable: false,
        title: "B − A", target: b.meta.target_mm, axesOnly: true,
        coils: [...this.coilShown(a.meta, "a"), ...this.coilShown(b.meta, "b")],
      });
    }
    this.stage.show(shown);
  }

  drawLegend() {
    const { find } = this;
    const both = Boolean(this.comparing && this.plans.comparable);
    const top = this.comparing ? this.sharedTop : this.top;
    const key = [top, this.unit, both, this.differenceTop, find("legend").clientWidth].join();
    if (key === this.legendDrawn) return;
    this.legendDrawn = key;
    find("legend-2").hidden = find("legend-2-title").hidden = !both;
    drawBar(find("legend"), this.colours, 0, top || 1, this.unit ?? "", CROWN);
    if (!both) return;
    const { differenceTop } = this;
    drawBar(find("legend-2"), divergingRow(256), -differenceTop, differenceTop, this.unit, CROWN);
  }

  // When nothing has moved for a moment: the interval, the tolerance, the slices under the coil.
  restLater() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST_MS);
  }

  rest() {
    if (this.held || this.link.busy || !this.answer || this.comparing) return;
    this.scaleTo(this.answer.meta);
    this.show();
    this.colourSlices();
    this.cutWhereAsked();
    const { meta } = this.answer;
    if (this.detailOf === meta.number) return;
    this.detailOf = meta.number;
    this.detailLink.send(this.question(meta));
  }

  // The question that an answer answered, with the place that it came to.
  question(meta) {
    return {
      coil: meta.coil, output_pct: meta.output_pct ?? 100, target: meta.target,
      target_mm: meta.target ? null : meta.target_mm, place: meta.place, number: meta.number,
    };
  }

  gotDetail(detail, question) {
    for (const which of ["a", "b"]) {
      if (this.plans[which]?.meta.number === question.number) {
        this.plans.detailFor(which, detail);
      }
    }
    const { meta } = this.answer;
    if (meta.number !== question.number || this.link.busy) return;
    this.detail = detail;
    this.panel.showInterval(detail);
    this.panel.say(meta, detail);
    this.drawTolerance();
    const chosen = this.find("choose")?.querySelector("button");
    if (chosen) chosen.disabled = false;
  }

  drawTolerance() {
    if (!this.detail) return;
    const { tolerance, at_least: open } = this.detail;
    const said = (name, digits) =>
      (open[name] ? "≥ " : "") + number(tolerance[name], digits);
    this.find("tolerance-words").textContent = this.words.fill("kept", {
      shift: said("shift_mm", 1), turn: said("turn_deg", 0), tilt: said("tilt_deg", 1),
      lift: said("gap_mm", 1),
    });
    const words = { shift: this.words.get("shift"), turn: this.words.get("turn") };
    drawShifts(this.find("shifts"), this.detail, this.colours, words);
    drawTurns(this.find("turns"), this.detail, words);
  }

  // Slices ------------------------------------------------------------------------------------

  cutWhereAsked() {
    if (!this.answer) return;
    const through = this.find("through").value;
    const { meta } = this.answer;
    if (through === "target") this.cut(meta.target_mm);
    if (through === "coil") {
      const pose = fromRows(meta.pose.matrix_mm);
      this.cut(add(placeOf(pose), scaled(axisOf(pose, 2), meta.distance_mm)));
    }
  }

  cutAt(point) {
    this.find("through").value = "free";
    this.cut(point);
  }

  cut(point) {
    const inside = point.map((value, k) =>
      Math.min(this.meta.high_mm[k], Math.max(this.meta.low_mm[k], value)));
    const key = inside.map((value) => value.toFixed(1)).join(",");
    if (key === this.cutKey) return;
    this.cutKey = key;
    this.sliceLink.send(inside);
  }

  gotSlices(slices) {
    const point = slices.meta.point_mm;
    ["sagittal", "coronal", "axial"].forEach((plane, axis) => {
      this.find(`cut-${plane}`).textContent = `${"xyz"[axis]} ${number(point[axis], 0)} mm`;
    });
    this.slices.load(slices);
    this.colourSlices();
  }

  colourSlices() {
    if (!this.answer) return;
    const { meta, halves } = this.answer;
    const pose = fromRows(meta.pose.matrix_mm);
    const from = placeOf(pose);
    this.slices.colour(halves, this.top, {
      target: meta.target_mm, from, to: add(from, scaled(axisOf(pose, 2), AXIS_MM)),
      tint: "#9ecbff",
    });
  }

  // Plans -------------------------------------------------------------------------------------

  keep(which) {
    if (!this.answer) return;
    const known = this.detailOf === this.answer.meta.number ? this.detail : null;
    this.plans.keep(which, this.answer, known);
    this.layers[which].fill(this.plans[which].halves);
    this.find("bench").querySelector(`[data-back="${which}"]`).disabled = false;
    this.find("compare").disabled = !this.plans.both;
  }

  back(which) {
    if (this.comparing) this.compare(false);
    const { meta } = this.plans[which];
    this.panel.restore(meta);
    this.place = { ...meta.place };
    this.ask({ place: this.place });
  }

  compare(on) {
    this.comparing = on;
    const button = this.find("compare");
    button.setAttribute("aria-pressed", String(on));
    button.textContent = this.words.get(on ? "show-one" : "show-both");
    if (on && this.plans.comparable) {
      const { values, top } = this.plans.difference();
      this.differenceTop = top;
      this.layers.difference.fill(values);
    } else if (on) {
      this.panel.wrong(this.words.get("other-units"));
    }
    this.show();
    this.drawLegend();
  }

  // The chart gets the question, not the numbers: the server answers it again for itself.
  fillChoice() {
    const form = this.find("choose");
    form.elements.question.value = JSON.stringify(this.question(this.answer.meta));
  }
}

