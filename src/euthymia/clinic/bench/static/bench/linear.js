// Vectors as arrays of three numbers, matrices as sixteen numbers by columns, as WebGL wants them.

export const add = (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const sub = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scaled = (a, s) => [a[0] * s, a[1] * s, a[2] * s];
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const length = (a) => Math.hypot(a[0], a[1], a[2]);

export const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

export function unit(a) {
  const size = length(a) || 1;
  return [a[0] / size, a[1] / size, a[2] / size];
}

export function multiply(a, b) {
  const out = new Float32Array(16);
  for (let column = 0; column < 4; column += 1) {
    for (let row = 0; row < 4; row += 1) {
      let sum = 0;
      for (let k = 0; k < 4; k += 1) sum += a[k * 4 + row] * b[column * 4 + k];
      out[column * 4 + row] = sum;
    }
  }
  return out;
}

export function perspective(fieldOfView, aspect, near, far) {
  const f = 1 / Math.tan(fieldOfView / 2);
  const out = new Float32Array(16);
  out[0] = f / aspect;
  out[5] = f;
  out[10] = (far + near) / (near - far);
  out[11] = -1;
  out[14] = (2 * far * near) / (near - far);
  return out;
}

// The view from an eye towards a point. Returns the matrix and the three axes of the screen.
export function lookingAt(eye, at, up) {
  const back = unit(sub(eye, at));
  const right = unit(cross(up, back));
  const above = cross(back, right);
  const matrix = new Float32Array([
    right[0], above[0], back[0], 0,
    right[1], above[1], back[1], 0,
    right[2], above[2], back[2], 0,
    -dot(right, eye), -dot(above, eye), -dot(back, eye), 1,
  ]);
  return { matrix, right, above, back };
}

// A pose as the server writes it, four rows, to sixteen numbers by columns.
export function fromRows(rows) {
  const out = new Float32Array(16);
  for (let row = 0; row < 4; row += 1) {
    for (let column = 0; column < 4; column += 1) out[column * 4 + row] = rows[row][column];
  }
  return out;
}

export function transformed(matrix, p) {
  return [
    matrix[0] * p[0] + matrix[4] * p[1] + matrix[8] * p[2] + matrix[12],
    matrix[1] * p[0] + matrix[5] * p[1] + matrix[9] * p[2] + matrix[13],
    matrix[2] * p[0] + matrix[6] * p[1] + matrix[10] * p[2] + matrix[14],
  ];
}

// World to the axes of a pose: its rotation is orthonormal, so its transpose is its inverse.
export function toPose(matrix, p, isDirection = false) {
  const d = isDirection ? p : [p[0] - matrix[12], p[1] - matrix[13], p[2] - matrix[14]];
  return [
    matrix[0] * d[0] + matrix[1] * d[1] + matrix[2] * d[2],
    matrix[4] * d[0] + matrix[5] * d[1] + matrix[6] * d[2],
    matrix[8] * d[0] + matrix[9] * d[1] + matrix[10] * d[2],
  ];
}

export const axisOf = (matrix, k) => [matrix[k * 4], matrix[k * 4 + 1], matrix[k * 4 + 2]];
export const placeOf = (matrix) => [matrix[12], matrix[13], matrix[14]];

export function placedAt(point, size = 1) {
  return new Float32Array([size, 0, 0, 0, 0, size, 0, 0, 0, 0, size, 0, ...point, 1]);
}
