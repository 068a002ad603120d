// Where a ray first meets a surface: a tree of boxes over its triangles, built once.

const FEW = 8;

export class Surface {
  // vertices: Float32Array of 3 n numbers; faces: Uint32Array of 3 m indices.
  constructor(vertices, faces) {
    this.vertices = vertices;
    this.faces = faces;
    const count = faces.length / 3;
    this.order = new Uint32Array(count);
    this.middles = new Float32Array(3 * count);
    for (let t = 0; t < count; t += 1) {
      this.order[t] = t;
      for (let axis = 0; axis < 3; axis += 1) {
        let sum = 0;
        for (let corner = 0; corner < 3; corner += 1) {
          sum += vertices[3 * faces[3 * t + corner] + axis];
        }
        this.middles[3 * t + axis] = sum / 3;
      }
    }
    this.root = this.box(0, count);
  }

  box(start, end) {
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    for (let k = start; k < end; k += 1) {
      for (let corner = 0; corner < 3; corner += 1) {
        const v = 3 * this.faces[3 * this.order[k] + corner];
        for (let axis = 0; axis < 3; axis += 1) {
          const value = this.vertices[v + axis];
          if (value < low[axis]) low[axis] = value;
          if (value > high[axis]) high[axis] = value;
        }
      }
    }
    const node = { low, high, start, end, left: null, right: null };
    if (end - start <= FEW) return node;
    const widths = low.map((value, axis) => high[axis] - value);
    const axis = widths.indexOf(Math.max(...widths));
    const part = this.order.subarray(start, end);
    part.sort((a, b) => this.middles[3 * a + axis] - this.middles[3 * b + axis]);
    const half = (start + end) >> 1;
    node.left = this.box(start, half);
    node.right = this.box(half, end);
    return node;
  }

  // The nearest crossing in front of the ray's start: { point, way }, or null.
  hit(from, along) {
    const inverse = along.map((value) => 1 / value);
    const stack = [this.root];
    let best = Infinity;
    while (stack.length) {
      const node = stack.pop();
      if (!crosses(node, from, inverse, best)) continue;
      if (node.left) {
        stack.push(node.left, node.right);
        continue;
      }
      for (let k = node.start; k < node.end; k += 1) {
        const way = this.wayTo(this.order[k], from, along);
        if (way < best) best = way;
      }
    }
    if (best === Infinity) return null;
    return { way: best, point: from.map((value, axis) => value + best * along[axis]) };
  }

  // The way along a ray to one triangle (Moller and Trumbore), Infinity where it misses.
  wayTo(t, from, along) {
    const v = this.vertices;
    const a = 3 * this.faces[3 * t];
    const b = 3 * this.faces[3 * t + 1];
    const c = 3 * this.faces[3 * t + 2];
    const e1x = v[b] - v[a], e1y = v[b + 1] - v[a + 1], e1z = v[b + 2] - v[a + 2];
    const e2x = v[c] - v[a], e2y = v[c + 1] - v[a + 1], e2z = v[c + 2] - v[a + 2];
    const px = along[1] * e2z - along[2] * e2y;
    const py = along[2] * e2x - along[0] * e2z;
    const pz = along[0] * e2y - along[1] * e2x;
    const turn = e1x * px + e1y * py + e1z * pz;
    if (Math.abs(turn) < 1e-12) return Infinity;
    const sx = from[0] - v[a], sy = from[1] - v[a + 1], sz = from[2] - v[a + 2];
    const u = (sx * px + sy * py + sz * pz) / turn;
    if (u < 0 || u > 1) return Infinity;
    const qx = sy * e1z - sz * e1y;
    const qy = sz * e1x - sx * e1z;
    const qz = sx * e1y - sy * e1x;
    const w = (along[0] * qx + along[1] * qy + along[2] * qz) / turn;
    if (w < 0 || u + w > 1) return Infinity;
    const way = (e2x * qx + e2y * qy + e2z * qz) / turn;
    return way > 1e-6 ? way : Infinity;
  }
}

function crosses(node, from, inverse, best) {
  let enter = 0;
  let leave = best;
  for (let axis = 0; axis < 3; axis += 1) {
    const a = (node.low[axis] - from[axis]) * inverse[axis];
    const b = (node.high[axis] - from[axis]) * inverse[axis];
    // NaN: the ray runs within a face of the box; it counts as inside
    if (Math.min(a, b) > enter) enter = Math.min(a, b);
    if (Math.max(a, b) < leave) leave = Math.max(a, b);
  }
  return enter <= leave;
}
