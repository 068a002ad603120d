// A camera that circles around the head. World: x to the patient's right, y to the front, z up.

import { add, dot, lookingAt, multiply, perspective, scaled, sub, unit } from "./linear.js";

const FIELD_OF_VIEW = 0.52;
const NEAREST = 160;
const FARTHEST = 1400;
const STEEPEST = 1.5;

const VIEWS = {
  left: [-Math.PI / 2, 0.05],
  right: [Math.PI / 2, 0.05],
  front: [0, 0.05],
  back: [Math.PI, 0.05],
  top: [Math.PI, STEEPEST],
  start: [-1.15, 0.3],
};

export class Camera {
  constructor(middle, size) {
    this.middle = middle;
    this.fitting = size / Math.tan(FIELD_OF_VIEW / 2);
    this.distance = this.fitting;
    this.show("start");
  }

  show(name) {
    [this.turn, this.lift] = VIEWS[name];
  }

  // Looks at the head from where a direction points to.
  face(outward) {
    const d = unit(outward);
    this.turn = Math.atan2(d[0], d[1]);
    this.lift = Math.max(-STEEPEST, Math.min(STEEPEST, Math.asin(d[2])));
  }

  orbit(dx, dy) {
    this.turn += dx;
    this.lift = Math.max(-STEEPEST, Math.min(STEEPEST, this.lift + dy));
  }

  zoom(factor) {
    this.distance = Math.max(NEAREST, Math.min(FARTHEST, this.distance * factor));
  }

  // The matrices for a picture of that width over height; narrow pictures step back.
  seen(aspect) {
    const level = Math.cos(this.lift);
    const out = [
      level * Math.sin(this.turn), level * Math.cos(this.turn), Math.sin(this.lift),
    ];
    const distance = this.distance / Math.min(1, 1.2 * aspect);
    const eye = add(this.middle, scaled(out, distance));
    const look = lookingAt(eye, this.middle, [0, 0, 1]);
    const lens = perspective(FIELD_OF_VIEW, aspect, distance * 0.2, distance + 400);
    return { ...look, eye, aspect, distance, whole: multiply(lens, look.matrix) };
  }
}

// The ray through a place of the picture, x and y from -1 to 1, y up.
export function rayThrough(seen, x, y) {
  const reach = Math.tan(FIELD_OF_VIEW / 2);
  const across = scaled(seen.right, x * reach * seen.aspect);
  const upwards = scaled(seen.above, y * reach);
  return { from: seen.eye, along: unit(sub(add(across, upwards), seen.back)) };
}

// Where a point lies in the picture, x and y from -1 to 1, and how far in front of the eye.
export function projected(seen, point) {
  const m = seen.whole;
  const w = m[3] * point[0] + m[7] * point[1] + m[11] * point[2] + m[15];
  const x = m[0] * point[0] + m[4] * point[1] + m[8] * point[2] + m[12];
  const y = m[1] * point[0] + m[5] * point[1] + m[9] * point[2] + m[13];
  return { x: x / w, y: y / w, far: w, facing: dot(sub(point, seen.eye), seen.back) < 0 };
}
