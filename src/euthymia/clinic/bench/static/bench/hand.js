// The hand on the picture: mouse, touch and keys become turns of the camera and moves of the coil.

import { projected, rayThrough } from "./camera.js";
import { add, axisOf, dot, placeOf, scaled, sub, toPose, unit } from "./linear.js";

const ORBIT_PER_PIXEL = 0.008;
const TURN_STEP_DEG = 5;
const SMALL_TURN_DEG = 1;
const STEP_MM = 1;
const LARGE_STEP_MM = 5;
const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
};
const ORBITS = { a: [1, 0], d: [-1, 0], w: [0, 1], s: [0, -1] };

export class Hand {
  // stage: what is shown and can be moved. See `Stage` in stage.js for what it must answer.
  constructor(canvas, stage) {
    this.canvas = canvas;
    this.stage = stage;
    this.doing = null;
    this.touches = new Map();
    const on = (name, react, options) => canvas.addEventListener(name, react, options);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.lift(event));
    on("pointercancel", (event) => this.lift(event));
    on("dblclick", (event) => this.putHere(event));
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("keydown", (event) => this.key(event));
    on("contextmenu", (event) => event.preventDefault());
  }

  // Where an event lies within the picture under it: pixels, -1 to 1, and that picture's view.
  where(event) {
    const box = this.canvas.getBoundingClientRect();
    const left = event.clientX - box.left;
    const top = event.clientY - box.top;
    const pane = this.stage.paneAt(left, top);
    const x = (2 * (left - pane.left)) / pane.width - 1;
    const y = 1 - (2 * (top - pane.top)) / pane.height;
    return { left, top, x, y, pane, seen: pane.seen };
  }

  ray(at) {
    return rayThrough(at.seen, at.x, at.y);
  }

  overCoil(at) {
    const { coil } = this.stage;
    if (!coil || !at.pane.movable) return null;
    const ray = this.ray(at);
    const from = toPose(coil.pose, ray.from);
    const along = toPose(coil.pose, ray.along, true);
    return coil.surface.hit(from, along);
  }

  press(event) {
    this.canvas.focus({ preventScroll: true });
    const at = this.where(event);
    this.touches.set(event.pointerId, [at.left, at.top]);
    this.canvas.setPointerCapture(event.pointerId);
    if (this.touches.size === 2) {
      this.doing = { kind: "pinch", apart: this.apart() };
      return;
    }
    const turning = event.shiftKey && this.stage.coil && at.pane.movable;
    if (turning) this.doing = this.turningFrom(at);
    else if (event.button === 0 && this.overCoil(at)) this.doing = this.draggingFrom(at);
    else this.doing = { kind: "orbit", left: at.left, top: at.top };
    if (this.doing.kind !== "orbit") this.stage.began();
    this.cursor();
  }

  // The coil is held where it was grasped: its place on the scalp keeps its way to the pointer.
  draggingFrom(at) {
    const foot = projected(at.seen, this.stage.coil.foot);
    return { kind: "drag", offX: foot.x - at.x, offY: foot.y - at.y };
  }

  turningFrom(at) {
    return { kind: "turn", angle: this.angleAround(at), handle: this.stage.handle, sum: 0 };
  }

  angleAround(at) {
    const middle = projected(at.seen, placeOf(this.stage.coil.pose));
    const { width, height } = at.pane;
    return Math.atan2((middle.y - at.y) * height, (at.x - middle.x) * width);
  }

  move(event) {
    const at = this.where(event);
    if (!this.doing) {
      this.cursor(this.overCoil(at));
      return;
    }
    if (this.touches.has(event.pointerId)) {
      this.touches.set(event.pointerId, [at.left, at.top]);
    }
    if (this.doing.kind === "orbit") this.orbit(at);
    else if (this.doing.kind === "pinch") this.pinch();
    else if (this.doing.kind === "turn") this.turn(at);
    else this.drag(at);
  }

  orbit(at) {
    const { left, top } = this.doing;
    this.stage.camera.orbit(
      (at.left - left) * ORBIT_PER_PIXEL, (at.top - top) * ORBIT_PER_PIXEL,
    );
    this.doing.left = at.left;
    this.doing.top = at.top;
    this.stage.redraw(true);
  }

  drag(at) {
    const ray = rayThrough(at.seen, at.x + this.doing.offX, at.y + this.doing.offY);
    const found = this.stage.scalp.hit(ray.from, ray.along);
    if (found) this.stage.putAt(found.point);
  }

  turn(at) {
    const angle = this.angleAround(at);
    let step = angle - this.doing.angle;
    if (step > Math.PI) step -= 2 * Math.PI;
    if (step < -Math.PI) step += 2 * Math.PI;
    this.doing.angle = angle;
    // seen from outside a turn about the coil's axis, which points away, runs clockwise
    const away = dot(axisOf(this.stage.coil.pose, 2), at.seen.back) < 0 ? 1 : -1;
    this.doing.sum += (away * step * 180) / Math.PI;
    this.stage.turnTo(this.doing.handle + this.stage.side * this.doing.sum);
  }

  apart() {
    const [[ax, ay], [bx, by]] = [...this.touches.values()];
    return Math.hypot(ax - bx, ay - by);
  }

  pinch() {
    if (this.touches.size < 2) return;
    const apart = this.apart();
    this.stage.camera.zoom(this.doing.apart / Math.max(apart, 1));
    this.doing.apart = apart;
    this.stage.redraw(true);
  }

  lift(event) {
    this.touches.delete(event.pointerId);
    if (!this.doing) return;
    const moved = this.doing.kind === "drag" || this.doing.kind === "turn";
    this.doing = null;
    if (moved) this.stage.ended();
    this.cursor();
    this.stage.redraw();
  }

  putHere(event) {
    const at = this.where(event);
    if (!at.pane.movable || this.overCoil(at)) return;
    const ray = this.ray(at);
    const found = this.stage.scalp.hit(ray.from, ray.along);
    if (found) this.stage.putAt(found.point);
  }

  // The wheel belongs to the page until the picture has been clicked or tabbed to.
  wheel(event) {
    if (document.activeElement !== this.canvas) return;
    event.preventDefault();
    const amount = event.deltaY || event.deltaX;
    if (event.shiftKey || event.altKey) {
      this.stage.turnTo(this.stage.handle + Math.sign(amount) * 2);
    } else {
      this.stage.camera.zoom(Math.exp(amount * 0.001));
      this.stage.redraw(true);
    }
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const low = key.toLowerCase();
    if (ARROWS[key]) this.step(ARROWS[key], event.shiftKey ? LARGE_STEP_MM : STEP_MM);
    else if (key === "[" || key === "]") this.stage.turnTo(
      this.stage.handle + (key === "]" ? 1 : -1) * TURN_STEP_DEG,
    );
    else if (key === "{" || key === "}") this.stage.turnTo(
      this.stage.handle + (key === "}" ? 1 : -1) * SMALL_TURN_DEG,
    );
    else if (ORBITS[low]) this.stage.camera.orbit(ORBITS[low][0] * 0.12, ORBITS[low][1] * 0.12);
    else if (key === "+" || key === "=") this.stage.camera.zoom(0.9);
    else if (key === "-") this.stage.camera.zoom(1 / 0.9);
    else if (low === "c") this.stage.faceCoil();
    else return;
    event.preventDefault();
    this.stage.redraw();
  }

  // A step over the scalp towards the side of the picture that the arrow points to.
  step([x, y], size) {
    const { coil } = this.stage;
    if (!coil) return;
    const { seen } = this.stage.paneAt(1, 1);
    const towards = add(scaled(seen.right, x), scaled(seen.above, y));
    const axis = axisOf(coil.pose, 2);
    const along = sub(towards, scaled(axis, dot(towards, axis)));
    this.stage.putAt(add(coil.foot, scaled(unit(along), size)));
  }

  cursor(over = null) {
    const kinds = { drag: "grabbing", turn: "alias", orbit: "move" };
    this.canvas.style.cursor = this.doing
      ? kinds[this.doing.kind] || "default"
      : over ? "grab" : "default";
  }
}
