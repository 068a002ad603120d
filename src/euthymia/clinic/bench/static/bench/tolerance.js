// How much of the field at the target is kept when the coil is shifted or turned, as two pictures.

import { crisp } from "./legend.js";

const WORST = 0.8;

function colourOf(colours, share, best) {
  const at = Math.min(1, Math.max(0, (share - WORST) / (best - WORST)));
  const k = 3 * Math.round(at * (colours.length / 3 - 1));
  return [colours[k], colours[k + 1], colours[k + 2]];
}

// Between the computed steps the shares are joined straight; x to the coil's x axis, y to its front.
function shareAt({ steps_mm: steps, shifts }, x, y) {
  const last = steps.length - 1;
  const place = (value) => ((value - steps[0]) / (steps[last] - steps[0])) * last;
  const u = Math.min(last - 1e-6, Math.max(0, place(x)));
  const v = Math.min(last - 1e-6, Math.max(0, place(y)));
  const i = Math.floor(u);
  const j = Math.floor(v);
  const a = u - i;
  const b = v - j;
  return (1 - b) * ((1 - a) * shifts[j][i] + a * shifts[j][i + 1])
    + b * ((1 - a) * shifts[j + 1][i] + a * shifts[j + 1][i + 1]);
}

// Seen from outside with the handle down, the coil's x axis runs to the left.
export function drawShifts(canvas, detail, colours, words) {
  const { pen, width, height } = crisp(canvas);
  const reach = detail.steps_mm[detail.steps_mm.length - 1];
  const size = Math.min(width - 34, height - 34);
  const left = (width - size) / 2 + 6;
  const top = 6;
  const best = Math.max(1, ...detail.shifts.flat());
  const step = 2;
  for (let py = 0; py < size; py += step) {
    for (let px = 0; px < size; px += step) {
      const x = -((2 * px) / size - 1) * reach;
      const y = -((2 * py) / size - 1) * reach;
      pen.fillStyle = `rgb(${colourOf(colours, shareAt(detail, x, y), best).join(",")})`;
      pen.fillRect(left + px, top + py, step + 0.5, step + 0.5);
    }
  }
  contour(pen, detail, left, top, size, reach);
  const middle = [left + size / 2, top + size / 2];
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(middle[0] - 5, middle[1]);
  pen.lineTo(middle[0] + 5, middle[1]);
  pen.moveTo(middle[0], middle[1] - 5);
  pen.lineTo(middle[0], middle[1] + 5);
  pen.stroke();
  pen.fillStyle = getComputedStyle(canvas).color;
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "center";
  for (const value of [-reach, -reach / 2, 0, reach / 2, reach]) {
    const at = left + ((value / reach + 1) / 2) * size;
    pen.fillText(String(value).replace("-", "−"), at, top + size + 13);
  }
  pen.fillText(words.shift, left + size / 2, top + size + 26);
}

// The line at which 95 % is kept, found along the edges of a fine lattice.
function contour(pen, detail, left, top, size, reach) {
  const count = 72;
  const value = (i, j) =>
    shareAt(detail, -((2 * i) / count - 1) * reach, -((2 * j) / count - 1) * reach) - detail.kept;
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 1.6;
  pen.beginPath();
  for (let j = 0; j < count; j += 1) {
    for (let i = 0; i < count; i += 1) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const found = [];
      corners.forEach((a, k) => {
        const b = corners[(k + 1) % 4];
        const va = value(...a);
        const vb = value(...b);
        if (va > 0 === vb > 0) return;
        const t = va / (va - vb);
        found.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
      });
      if (found.length < 2) continue;
      pen.moveTo(left + (found[0][0] / count) * size, top + (found[0][1] / count) * size);
      pen.lineTo(left + (found[1][0] / count) * size, top + (found[1][1] / count) * size);
    }
  }
  pen.stroke();
}

export function drawTurns(canvas, detail, words) {
  const { pen, width, height } = crisp(canvas);
  const ink = getComputedStyle(canvas).color;
  const [left, right, top, bottom] = [44, width - 12, 10, height - 36];
  const low = Math.min(WORST, Math.floor(Math.min(...detail.turns) * 20) / 20);
  const high = Math.max(1.05, Math.ceil(Math.max(...detail.turns) * 20) / 20);
  const angles = detail.turns_deg;
  const reach = angles[angles.length - 1];
  const x = (angle) => left + ((angle / reach + 1) / 2) * (right - left);
  const y = (share) => bottom - ((share - low) / (high - low)) * (bottom - top);
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = ink;
  pen.strokeStyle = "rgba(128, 140, 155, 0.35)";
  pen.lineWidth = 1;
  pen.textAlign = "right";
  for (let share = low; share <= high + 1e-9; share += 0.05) {
    pen.beginPath();
    pen.moveTo(left, y(share));
    pen.lineTo(right, y(share));
    pen.stroke();
    if (Math.round(share * 100) % 10 === 0 || high - low < 0.3) {
      pen.fillText(`${Math.round(share * 100)} %`, left - 6, y(share) + 4);
    }
  }
  pen.textAlign = "center";
  for (const angle of [-reach, -reach / 2, 0, reach / 2, reach]) {
    pen.fillText(`${angle}°`.replace("-", "−"), x(angle), bottom + 18);
  }
  pen.fillText(words.turn, (left + right) / 2, bottom + 31);
  pen.strokeStyle = ink;
  pen.setLineDash([4, 3]);
  pen.beginPath();
  pen.moveTo(left, y(detail.kept));
  pen.lineTo(right, y(detail.kept));
  pen.stroke();
  pen.setLineDash([]);
  pen.strokeStyle = "#0072b2";
  pen.lineWidth = 2.2;
  pen.beginPath();
  angles.forEach((angle, k) => pen.lineTo(x(angle), y(detail.turns[k])));
  pen.stroke();
}

