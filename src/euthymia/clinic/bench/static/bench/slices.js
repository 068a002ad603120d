// Three slices beside the head, coloured from the same numbers as the cortex.

import { cover } from "./legend.js";
import { halfTable } from "./wire.js";

const ENDS = {
  sagittal: ["P", "A", "I", "S"],
  coronal: ["L", "R", "I", "S"],
  axial: ["L", "R", "P", "A"],
};

export class Slices {
  // canvases: by plane. chosen: called with a point when somebody clicks on a slice.
  constructor(canvases, colours, chosen) {
    this.canvases = canvases;
    this.colours = colours;
    this.chosen = chosen;
    this.data = null;
    this.values = null;
    for (const [plane, canvas] of Object.entries(canvases)) {
      canvas.addEventListener("click", (event) => this.click(plane, event));
      canvas.addEventListener("keydown", (event) => this.key(plane, event));
    }
  }

  // data: the server's slices through one point.
  load({ meta, arrays }) {
    this.data = { meta, arrays };
    this.images = {};
    for (const { plane } of meta.planes) {
      const grey = arrays[`${plane}.grey`];
      const [height, width] = grey.shape;
      const canvas = this.canvases[plane];
      canvas.width = width;
      canvas.height = height;
      const plain = new Uint8ClampedArray(4 * grey.length);
      for (let k = 0; k < grey.length; k += 1) {
        plain[4 * k] = plain[4 * k + 1] = plain[4 * k + 2] = grey[k] * 0.86;
        plain[4 * k + 3] = 255;
      }
      this.images[plane] = { plain, shown: new ImageData(width, height) };
    }
    this.draw();
  }

  // halves: the field as it came from the server. marks: the target and the coil's axis.
  colour(halves, top, marks) {
    this.values = halves;
    this.top = top;
    this.marks = marks;
    this.draw();
  }

  draw() {
    if (!this.data) return;
    for (const row of this.data.meta.planes) this.drawPlane(row);
  }

  drawPlane(row) {
    const { plain, shown } = this.images[row.plane];
    const pen = this.canvases[row.plane].getContext("2d");
    shown.data.set(plain);
    if (this.values) this.fieldOver(shown, row.plane);
    pen.putImageData(shown, 0, 0);
    this.drawMarks(pen, row, shown.width, shown.height);
  }

  fieldOver(image, plane) {
    const { arrays } = this.data;
    const pixels = arrays[`${plane}.pixels`];
    const points = arrays[`${plane}.points`];
    const shares = arrays[`${plane}.shares`];
    const table = halfTable();
    const last = this.colours.length / 3 - 1;
    for (let k = 0; k < pixels.length; k += 1) {
      let value = 0;
      for (let j = 0; j < 3; j += 1) {
        value += (table[this.values[points[3 * k + j]]] * shares[3 * k + j]) / 255;
      }
      const share = value / this.top;
      const mix = cover(share);
      if (mix <= 0) continue;
      const colour = 3 * Math.round(last * Math.min(1, share));
      const at = 4 * pixels[k];
      for (let part = 0; part < 3; part += 1) {
        image.data[at + part] += mix * (this.colours[colour + part] - image.data[at + part]);
      }
    }
  }

  // World millimetres to pixels of a plane.
  toPixel(row, height, point) {
    const [right, up] = row.axes;
    const step = this.data.meta.step_mm;
    return [
      (point[right] - row.origin_mm[0]) / step + 0.5,
      height - 0.5 - (point[up] - row.origin_mm[1]) / step,
    ];
  }

  drawMarks(pen, row, width, height) {
    const through = this.data.meta.point_mm;
    const [x, y] = this.toPixel(row, height, through);
    pen.lineWidth = 0.8;
    pen.strokeStyle = "rgba(255, 255, 255, 0.35)";
    pen.beginPath();
    pen.moveTo(x, 0);
    pen.lineTo(x, height);
    pen.moveTo(0, y);
    pen.lineTo(width, y);
    pen.stroke();
    if (this.marks) this.drawCoil(pen, row, height);
    const [left, right, low, high] = ENDS[row.plane];
    pen.fillStyle = "rgba(255, 255, 255, 0.8)";
    pen.font = "600 11px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(left, 8, height / 2);
    pen.fillText(right, width - 8, height / 2);
    pen.fillText(low, width / 2, height - 8);
    pen.fillText(high, width / 2, 9);
  }

  drawCoil(pen, row, height) {
    const { target, from, to, tint } = this.marks;
    const normal = 3 - row.axes[0] - row.axes[1];
    const away = (point) => Math.abs(point[normal] - this.data.meta.point_mm[normal]);
    pen.lineWidth = 1.2;
    pen.strokeStyle = tint;
    pen.globalAlpha = away(from) < 12 || away(to) < 12 ? 0.95 : 0.35;
    pen.beginPath();
    pen.moveTo(...this.toPixel(row, height, from));
    pen.lineTo(...this.toPixel(row, height, to));
    pen.stroke();
    pen.globalAlpha = away(target) < 2.5 ? 1 : 0.35;
    pen.strokeStyle = "#ff2f9a";
    pen.lineWidth = 1.6;
    pen.beginPath();
    pen.arc(...this.toPixel(row, height, target), 5, 0, 2 * Math.PI);
    pen.stroke();
    pen.globalAlpha = 1;
  }

  rowOf(plane) {
    return this.data.meta.planes.find((row) => row.plane === plane);
  }

  click(plane, event) {
    if (!this.data) return;
    const canvas = this.canvases[plane];
    const box = canvas.getBoundingClientRect();
    const row = this.rowOf(plane);
    const step = this.data.meta.step_mm;
    const x = ((event.clientX - box.left) / box.width) * canvas.width - 0.5;
    const y = ((event.clientY - box.top) / box.height) * canvas.height;
    const point = [...this.data.meta.point_mm];
    point[row.axes[0]] = row.origin_mm[0] + x * step;
    point[row.axes[1]] = row.origin_mm[1] + (canvas.height - 0.5 - y) * step;
    this.chosen(point);
  }

  // Arrow keys move the crossing lines by a millimetre, with shift by five.
  key(plane, event) {
    const moves = {
      ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 1], ArrowDown: [1, -1],
    };
    if (!this.data || !moves[event.key]) return;
    event.preventDefault();
    const [which, sign] = moves[event.key];
    const point = [...this.data.meta.point_mm];
    point[this.rowOf(plane).axes[which]] += sign * (event.shiftKey ? 5 : 1);
    this.chosen(point);
  }
}
