// Triangles on the graphics card, the programs that draw them, and small shapes made here.

import { cross, unit } from "./linear.js";

export function program(gl, vertexText, fragmentText) {
  const made = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertexText], [gl.FRAGMENT_SHADER, fragmentText]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
      throw new Error(gl.getShaderInfoLog(shader));
    }
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  const places = {};
  const count = gl.getProgramParameter(made, gl.ACTIVE_UNIFORMS);
  for (let k = 0; k < count; k += 1) {
    const { name } = gl.getActiveUniform(made, k);
    places[name] = gl.getUniformLocation(made, name);
  }
  return { made, places };
}

function filled(gl, kind, data, use = gl.STATIC_DRAW) {
  const buffer = gl.createBuffer();
  gl.bindBuffer(kind, buffer);
  gl.bufferData(kind, data, use);
  return buffer;
}

function joined(a, b) {
  const out = new Uint32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

export class Mesh {
  // normals: Int8Array of 4 n steps of 1/127. extra: Uint8Array of n, or null. coarse: fewer faces
  // between the same vertices, or null; both lists lie behind each other in one buffer.
  constructor(gl, { vertices, normals, faces, extra = null, coarse = null }) {
    this.gl = gl;
    this.count = faces.length;
    this.coarseCount = coarse ? coarse.length : 0;
    this.buffers = {
      vertices: filled(gl, gl.ARRAY_BUFFER, vertices),
      normals: filled(gl, gl.ARRAY_BUFFER, normals),
      extra: extra && filled(gl, gl.ARRAY_BUFFER, extra),
    };
    this.bare = this.arranged(null);
    gl.bindVertexArray(this.bare);
    this.faces = filled(gl, gl.ELEMENT_ARRAY_BUFFER, coarse ? joined(faces, coarse) : faces);
    gl.bindVertexArray(null);
  }

  // The arrangement of the attributes, with one number a vertex for the field if it is given.
  arranged(field) {
    const { gl, buffers } = this;
    const made = gl.createVertexArray();
    gl.bindVertexArray(made);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.vertices);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.normals);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(1, 3, gl.BYTE, true, 4, 0);
    if (buffers.extra) {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffers.extra);
      gl.enableVertexAttribArray(2);
      gl.vertexAttribPointer(2, 1, gl.UNSIGNED_BYTE, true, 1, 0);
    }
    if (field) {
      gl.bindBuffer(gl.ARRAY_BUFFER, field.buffer);
      gl.enableVertexAttribArray(3);
      gl.vertexAttribPointer(3, 1, field.kind, false, 0, 0);
    }
    if (this.faces) gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.faces);
    gl.bindVertexArray(null);
    return made;
  }

  draw(arrangement = this.bare, coarse = false) {
    const { gl } = this;
    const few = coarse && this.coarseCount > 0;
    gl.bindVertexArray(arrangement);
    gl.drawElements(
      gl.TRIANGLES, few ? this.coarseCount : this.count, gl.UNSIGNED_INT, few ? 4 * this.count : 0,
    );
  }
}

// A field over a mesh that can be replaced; sixteen-bit floats go to the card as they come.
export class Layer {
  constructor(gl, mesh, kind) {
    this.gl = gl;
    this.kind = kind;
    this.buffer = gl.createBuffer();
    this.empty = true;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    this.arrangement = mesh.arranged(this);
  }

  fill(data) {
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.buffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, data, this.gl.DYNAMIC_DRAW);
    this.empty = false;
  }
}

const byteNormals = (normals) => {
  const out = new Int8Array((normals.length / 3) * 4);
  for (let k = 0; k < normals.length / 3; k += 1) {
    for (let axis = 0; axis < 3; axis += 1) {
      out[4 * k + axis] = Math.round(127 * normals[3 * k + axis]);
    }
  }
  return out;
};

// A ball of radius one.
export function ball(gl, rings = 10, steps = 16) {
  const vertices = [];
  const faces = [];
  for (let i = 0; i <= rings; i += 1) {
    const lift = (Math.PI * i) / rings;
    for (let j = 0; j < steps; j += 1) {
      const turn = (2 * Math.PI * j) / steps;
      vertices.push(
        Math.sin(lift) * Math.cos(turn), Math.sin(lift) * Math.sin(turn), Math.cos(lift),
      );
      if (i === rings) continue;
      const a = i * steps + j;
      const b = i * steps + ((j + 1) % steps);
      faces.push(a, a + steps, b, b, a + steps, b + steps);
    }
  }
  const places = new Float32Array(vertices);
  return new Mesh(gl, {
    vertices: places, normals: byteNormals(places), faces: new Uint32Array(faces),
  });
}

// A thin rod along z from 0 to 1 with radius one across.
export function rod(gl, steps = 10) {
  const vertices = [];
  const normals = [];
  const faces = [];
  for (const z of [0, 1]) {
    for (let j = 0; j < steps; j += 1) {
      const turn = (2 * Math.PI * j) / steps;
      vertices.push(Math.cos(turn), Math.sin(turn), z);
      normals.push(Math.cos(turn), Math.sin(turn), 0);
    }
  }
  for (let j = 0; j < steps; j += 1) {
    const next = (j + 1) % steps;
    faces.push(j, next, steps + j, next, steps + next, steps + j);
  }
  return new Mesh(gl, {
    vertices: new Float32Array(vertices),
    normals: byteNormals(new Float32Array(normals)),
    faces: new Uint32Array(faces),
  });
}

// The matrix that lays a rod from one point to another.
export function between(from, to, radius) {
  const along = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const z = unit(along);
  const x = unit(cross(Math.abs(z[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0], z));
  const y = cross(z, x);
  return new Float32Array([
    ...x.map((v) => v * radius), 0, ...y.map((v) => v * radius), 0, ...along, 0, ...from, 1,
  ]);
}

// The faces whose vertices belong to one part.
export function facesOf(faces, parts, wanted) {
  const out = [];
  for (let t = 0; t < faces.length; t += 3) {
    if (parts[faces[t]] === wanted) out.push(faces[t], faces[t + 1], faces[t + 2]);
  }
  return new Uint32Array(out);
}
