// The colours of the field in words and numbers: the bar under the pictures, and their tables.

const WEAKER = [0, 114, 178];
const STRONGER = [200, 80, 10];
const MIDDLE = [236, 234, 232];

// Colours for differences: blue where the second field is weaker, orange where it is stronger.
export function divergingRow(count) {
  const out = new Uint8Array(3 * count);
  for (let k = 0; k < count; k += 1) {
    const share = (2 * k) / (count - 1) - 1;
    const end = share < 0 ? WEAKER : STRONGER;
    for (let part = 0; part < 3; part += 1) {
      out[3 * k + part] = Math.round(MIDDLE[part] + (end[part] - MIDDLE[part]) * Math.abs(share));
    }
  }
  return out;
}

// How much of the field's colour covers the anatomy: none below 15 % of the top, all from 45 % on.
export function cover(share) {
  const ramp = Math.min(1, Math.max(0, (share - 0.15) / 0.3));
  return ramp * ramp * (3 - 2 * ramp);
}

export function digitsFor(largest) {
  if (!(largest > 0)) return 0;
  return Math.min(2, Math.max(0, 2 - Math.floor(Math.log10(largest))));
}

// Round steps for the marks of a scale.
export function steps(top, about = 4) {
  const power = 10 ** Math.floor(Math.log10(top / about));
  const step = [1, 2, 2.5, 5, 10].map((s) => s * power).find((s) => top / s <= about + 0.5);
  const out = [];
  for (let value = 0; value <= top * 1.0001; value += step) out.push(value);
  return out;
}

// A canvas emptied for a new drawing, with as many dots as the screen has; sizes in CSS pixels.
export function crisp(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

// Draws a bar of colours with its marks. row: Uint8Array of 3 n; low and high: its ends.
export function drawBar(canvas, row, low, high, unit, ground) {
  const { pen, width, height } = crisp(canvas);
  const left = 10;
  const right = width - 44;
  const count = row.length / 3;
  for (let x = left; x < right; x += 1) {
    const at = (x - left) / (right - left);
    const share = low < 0 ? Math.abs(2 * at - 1) * 1.5 : at;
    const mix = cover(share);
    const k = Math.min(count - 1, Math.floor(at * count));
    const colour = [0, 1, 2].map((p) => Math.round(ground[p] * (1 - mix) + row[3 * k + p] * mix));
    pen.fillStyle = `rgb(${colour.join(",")})`;
    pen.fillRect(x, 4, 1.5, 10);
  }
  pen.fillStyle = getComputedStyle(canvas).color;
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "center";
  const positive = steps(high, low < 0 ? 2 : 4);
  const marks = low < 0 ? [...positive.slice(1).map((v) => -v), ...positive] : positive;
  const finest = positive[1] - positive[0] || high;
  const digits = Math.max(0, Math.min(3, Math.ceil(-Math.log10(finest) + 1e-9)));
  for (const value of marks) {
    const x = left + ((value - low) / (high - low)) * (right - left);
    pen.fillRect(x - 0.5, 14, 1, 4);
    const sign = low < 0 && value > 0 ? "+" : "";
    pen.fillText(sign + value.toFixed(value === 0 ? 0 : digits).replace("-", "−"), x, 29);
  }
  pen.textAlign = "right";
  pen.fillText(unit, width - 2, 29);
}
