// The stage: the canvas with its camera, the panes on it, and what each of them shows.

import { Camera, projected } from "./camera.js";
import { axisOf, scaled } from "./linear.js";
import { Surface } from "./pick.js";

const FAST_ENOUGH_MS = 26;
const TOO_SLOW_MS = 44;
const COARSEST = 0.45;
const COARSE_MESH_BELOW = 0.9;
const STILL_MS = 260;
const LOOK_AGAIN_MS = 3;

export class Stage {
  // told: { put(point), turn(degrees), began(), ended() }, called when the hand moves the coil;
  // drawn(), called when a picture is done.
  constructor(canvas, marks, scene, head, told) {
    this.canvas = canvas;
    this.marks = marks;
    this.scene = scene;
    this.told = told;
    const low = head.meta.low_mm;
    const high = head.meta.high_mm;
    this.ends = { low, high };
    const middle = low.map((value, axis) => (value + high[axis]) / 2);
    middle[2] += 8;
    this.camera = new Camera(middle, 0.56 * Math.max(...low.map((v, k) => high[k] - v)));
    this.scalp = new Surface(head.arrays.scalp_vertices, head.arrays.scalp_faces);
    this.coilSurfaces = new Map();
    this.coil = null;
    this.handle = 45;
    this.shown = [];
    this.panes = [];
    this.fineness = 1;
    this.stillAt = 0;
    this.asked = false;
    this.again = false;
    this.drawnFineness = 1;
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  addCoil(id, arrays) {
    this.scene.addCoil(id, arrays);
    this.coilSurfaces.set(id, new Surface(arrays.vertices, arrays.faces));
  }

  // The coil that the hand moves: its pose, the point of the scalp under it, its handle.
  hold(id, pose, foot, handle) {
    this.coil = { id, pose, foot, surface: this.coilSurfaces.get(id) };
    this.handle = handle;
  }

  get side() {
    return this.coil.foot[0] < 0 ? 1 : -1;
  }

  putAt(point) {
    if (this.coil) this.coil.foot = point;
    this.told.put(point);
  }

  turnTo(degrees) {
    const wrapped = ((((degrees + 180) % 360) + 360) % 360) - 180;
    this.handle = wrapped;
    this.told.turn(wrapped);
  }

  began() {
    this.told.began();
  }

  ended() {
    this.told.ended();
  }

  faceCoil() {
    if (this.coil) this.camera.face(scaled(axisOf(this.coil.pose, 2), -1));
    this.redraw();
  }

  // What the panes show, from left to right: { layer, top, signed, coils, target, movable }.
  show(shown) {
    this.shown = shown;
    this.redraw();
  }

  // Panes lie beside each other, or below each other where the canvas is narrow.
  arrange() {
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    const count = Math.max(1, this.shown.length);
    const below = width < 620 && count > 1;
    this.panes = this.shown.map((shown, k) => {
      const box = below
        ? { left: 0, top: Math.round((k * height) / count), width, height: height / count }
        : { left: Math.round((k * width) / count), top: 0, width: width / count, height };
      return { ...box, movable: shown.movable, seen: this.camera.seen(box.width / box.height) };
    });
  }

  paneAt(left, top) {
    const found = this.panes.find(
      (pane) => left >= pane.left && left < pane.left + pane.width
        && top >= pane.top && top < pane.top + pane.height,
    );
    return found || this.panes[0];
  }

  // Asks for a picture at the next frame; while one is being made, for one after it.
  // moving: coarser, if the last ones took too long.
  redraw(moving = false) {
    if (moving) this.stillAt = performance.now() + STILL_MS;
    if (this.asked) {
      this.again = true;
      return;
    }
    this.asked = true;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    const { canvas, scene } = this;
    if (!canvas.clientWidth || !this.shown.length) {
      this.asked = false;
      return;
    }
    this.arrange();
    const moving = performance.now() < this.stillAt;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const fine = moving ? this.fineness : 1;
    this.drawnFineness = fine;
    scene.coarse = fine < COARSE_MESH_BELOW;
    const scale = ratio * fine;
    const width = Math.round(canvas.clientWidth * scale);
    const height = Math.round(canvas.clientHeight * scale);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const began = performance.now();
    scene.clear(width, height);
    this.shown.forEach((shown, k) => {
      const pane = this.panes[k];
      const y = canvas.clientHeight - pane.top - pane.height;
      const box = [pane.left, y, pane.width, pane.height].map((v) => Math.round(v * scale));
      scene.draw(pane.seen, box, shown);
    });
    this.label();
    this.told.drawn();
    const fence = scene.gl.fenceSync(scene.gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    scene.gl.flush();
    this.whenDone(fence, began, moving);
  }

  // No picture is begun before the last one is done: a queue of them would trail behind the hand.
  whenDone(fence, began, moving) {
    const { gl } = this.scene;
    if (gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED && !gl.isContextLost()) {
      setTimeout(() => this.whenDone(fence, began, moving), LOOK_AGAIN_MS);
      return;
    }
    gl.deleteSync(fence);
    this.asked = false;
    if (moving) {
      this.pace(performance.now() - began);
      setTimeout(() => this.settle(), STILL_MS + 20);
    }
    if (this.again) {
      this.again = false;
      this.redraw();
    }
  }

  // Moving pictures are drawn coarser until they are quick enough, and finer again.
  pace(spent) {
    if (spent > TOO_SLOW_MS) this.fineness = Math.max(COARSEST, this.fineness * 0.82);
    else if (spent < FAST_ENOUGH_MS) this.fineness = Math.min(1, this.fineness * 1.06);
    this.canvas.dataset.fineness = this.fineness.toFixed(2);
    this.canvas.dataset.spentMs = spent.toFixed(0);
  }

  settle() {
    if (performance.now() >= this.stillAt && this.drawnFineness < 1) this.redraw();
  }

  // The letters of the sides, and a name over each pane.
  label() {
    const ratio = window.devicePixelRatio || 1;
    const { marks, canvas, camera } = this;
    const key = [
      canvas.clientWidth, canvas.clientHeight, camera.turn, camera.lift, camera.distance,
      ...this.shown.map((shown) => shown.title ?? ""),
    ].join();
    if (key === this.labelled) return;
    this.labelled = key;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (marks.width !== width || marks.height !== height) {
      marks.width = width;
      marks.height = height;
    }
    const pen = marks.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    this.panes.forEach((pane, k) => this.labelPane(pen, pane, this.shown[k]));
  }

  labelPane(pen, pane, shown) {
    const { low, high } = this.ends;
    const [x, y, z] = this.camera.middle;
    pen.font = "600 13px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const [letter, point] of [
      ["L", [low[0], y, z]], ["R", [high[0], y, z]], ["A", [x, high[1], z]],
      ["P", [x, low[1], z]], ["S", [x, y, high[2] + 4]],
    ]) {
      const at = projected(pane.seen, point);
      const near = at.far < pane.seen.distance + 30;
      pen.fillStyle = near ? "rgba(214, 224, 236, 0.85)" : "rgba(214, 224, 236, 0.30)";
      pen.fillText(letter, pane.left + ((at.x + 1) / 2) * pane.width,
        pane.top + ((1 - at.y) / 2) * pane.height);
    }
    if (pane.left > 0 || pane.top > 0) {
      pen.fillStyle = "rgba(214, 224, 236, 0.25)";
      if (pane.left > 0) pen.fillRect(pane.left, 0, 1, pane.height);
      else pen.fillRect(0, pane.top, pane.width, 1);
    }
    if (!shown.title) return;
    pen.textAlign = "left";
    pen.fillStyle = "rgba(240, 244, 250, 0.95)";
    pen.fillText(shown.title, pane.left + 14, pane.top + (this.shown.length > 1 ? 62 : 20));
  }
}

