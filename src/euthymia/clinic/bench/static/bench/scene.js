// Draws the head, the field and the coil; one picture, or several side by side with one camera.

import { add, axisOf, dot, placedAt, placeOf, scaled } from "./linear.js";
import { Layer, Mesh, ball, between, facesOf, program, rod } from "./meshes.js";
import {
  CORTEX_FRAGMENT, CORTEX_VERTEX, PLAIN_VERTEX, SCALP_FRAGMENT, SOLID_FRAGMENT,
} from "./shaders.js";
import { divergingRow } from "./legend.js";

const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;
const IDENTITY = new Float32Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
const TARGET_TINT = [0.92, 0.0, 0.47, 1];
const AXIS_MM = 62;
const MARK_MM = 2.4;

// A WebGL2 context, without smoothing of edges where a processor must do the drawing.
export function context(canvas) {
  const probe = document.createElement("canvas").getContext("webgl2");
  if (!probe) return null;
  const told = probe.getExtension("WEBGL_debug_renderer_info");
  const name = told ? probe.getParameter(told.UNMASKED_RENDERER_WEBGL) : "";
  const slow = SOFTWARE.test(name);
  probe.getExtension("WEBGL_lose_context")?.loseContext();
  const gl = canvas.getContext("webgl2", { antialias: !slow, alpha: true, depth: true });
  return gl;
}

export class Scene {
  constructor(gl, head) {
    this.gl = gl;
    const { arrays } = head;
    this.programs = {
      cortex: program(gl, CORTEX_VERTEX, CORTEX_FRAGMENT),
      scalp: program(gl, PLAIN_VERTEX, SCALP_FRAGMENT),
      solid: program(gl, PLAIN_VERTEX, SOLID_FRAGMENT),
    };
    this.cortex = new Mesh(gl, {
      vertices: arrays.cortex_vertices, normals: arrays.cortex_normals,
      faces: arrays.cortex_faces, extra: arrays.cortex_depth, coarse: arrays.cortex_coarse,
    });
    this.scalp = new Mesh(gl, {
      vertices: arrays.scalp_vertices, normals: arrays.scalp_normals, faces: arrays.scalp_faces,
    });
    this.ball = ball(gl);
    this.rod = rod(gl);
    this.colours = this.coloursOf(arrays.colours);
    this.coils = new Map();
    this.scalpCover = 0.16;
    this.coilCover = 0.55;
    this.coarse = false;
    this.electrodes = [];
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.enable(gl.CULL_FACE);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  layer(kind = this.gl.HALF_FLOAT) {
    return new Layer(this.gl, this.cortex, kind);
  }

  // Two rows of colours: from none to strong, and from weaker to stronger for differences.
  coloursOf(strong) {
    const { gl } = this;
    const count = strong.length / 3;
    const both = new Uint8Array(2 * 3 * count);
    both.set(strong);
    both.set(divergingRow(count), 3 * count);
    const made = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, made);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, count, 2, 0, gl.RGB, gl.UNSIGNED_BYTE, both);
    for (const [name, value] of [
      [gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
      [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    ]) gl.texParameteri(gl.TEXTURE_2D, name, value);
    return made;
  }

  addCoil(id, arrays) {
    const { vertices, normals, faces, parts } = arrays;
    const piece = (part) =>
      new Mesh(this.gl, { vertices, normals, faces: facesOf(faces, parts, part) });
    this.coils.set(id, { casing: piece(0), turns: piece(1), handle: piece(2) });
  }

  use(which, seen, pose = IDENTITY) {
    const { gl } = this;
    const { made, places } = this.programs[which];
    gl.useProgram(made);
    gl.uniformMatrix4fv(places.whole, false, seen.whole);
    gl.uniformMatrix4fv(places.pose, false, pose);
    gl.uniform3fv(places.eye, seen.eye);
    return places;
  }

  clear(width, height) {
    const { gl } = this;
    gl.disable(gl.SCISSOR_TEST);
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  }

  // One picture in one part of the canvas. shown: { layer, top, signed, coils, target, axesOnly }.
  draw(seen, [x, y, width, height], shown) {
    const { gl } = this;
    gl.viewport(x, y, width, height);
    gl.scissor(x, y, width, height);
    gl.enable(gl.SCISSOR_TEST);
    this.drawCortex(seen, shown);
    // a coil on the far side lies under the scalp's glass, one on the near side over it
    const drawn = shown.axesOnly ? [] : shown.coils;
    const near = (coil) => dot(axisOf(coil.pose, 2), seen.back) < 0;
    for (const coil of drawn) if (!near(coil)) this.drawCoil(seen, coil);
    this.drawScalp(seen);
    this.drawMarks(seen, shown);
    for (const coil of drawn) if (near(coil)) this.drawCoil(seen, coil);
    gl.disable(gl.SCISSOR_TEST);
  }

  drawCortex(seen, { layer, top, signed }) {
    const { gl } = this;
    const places = this.use("cortex", seen);
    gl.bindTexture(gl.TEXTURE_2D, this.colours);
    gl.uniform1i(places.colours, 0);
    gl.uniform1f(places.perTop, 1 / (top || 1));
    gl.uniform1f(places.signedRow, signed ? 1 : 0);
    const empty = !layer || layer.empty;
    gl.vertexAttrib1f(3, 0);
    this.cortex.draw(empty ? this.cortex.bare : layer.arrangement, this.coarse);
  }

  drawScalp(seen) {
    if (this.scalpCover <= 0) return;
    const places = this.use("scalp", seen);
    this.gl.uniform1f(places.cover, this.scalpCover);
    this.asGlass(() => this.scalp.draw());
  }

  drawMarks(seen, { target, coils }) {
    const { gl } = this;
    gl.disable(gl.DEPTH_TEST);
    gl.enable(gl.BLEND);
    for (const coil of coils) {
      const from = placeOf(coil.pose);
      const to = add(from, scaled(axisOf(coil.pose, 2), AXIS_MM));
      const places = this.use("solid", seen, between(from, to, 0.45));
      gl.uniform4f(places.tint, ...coil.tint.slice(0, 3), 0.55);
      this.rod.draw();
    }
    if (target) {
      const places = this.use("solid", seen, placedAt(target, MARK_MM));
      gl.uniform4f(places.tint, ...TARGET_TINT);
      this.ball.draw();
    }
    gl.enable(gl.DEPTH_TEST);
    for (const point of this.electrodes) {
      const places = this.use("solid", seen, placedAt(point, 1.5));
      gl.uniform4f(places.tint, 0.95, 0.95, 0.98, 1);
      this.ball.draw();
    }
    gl.disable(gl.BLEND);
  }

  drawCoil(seen, { id, pose, tint }) {
    const coil = this.coils.get(id);
    if (!coil || this.coilCover <= 0) return;
    const cover = this.coilCover;
    const places = this.use("solid", seen, pose);
    const paint = (colour, part) => {
      this.gl.uniform4f(places.tint, ...colour);
      part.draw();
    };
    this.asGlass(() => {
      paint([0.88, 0.55, 0.33, cover], coil.turns);
      paint([...tint.slice(0, 3), cover], coil.handle);
    });
    this.gl.enable(this.gl.BLEND);
    this.gl.depthMask(false);
    paint([...tint.slice(0, 3), tint[3] * cover], coil.casing);
    this.gl.depthMask(true);
    this.gl.disable(this.gl.BLEND);
  }

  // Draws so that of parts that overlap only the nearest is blended over what lies behind all;
  // coarse pictures save the second round.
  asGlass(draw) {
    const { gl } = this;
    if (this.coarse) {
      gl.enable(gl.BLEND);
      draw();
      gl.disable(gl.BLEND);
      return;
    }
    gl.colorMask(false, false, false, false);
    draw();
    gl.colorMask(true, true, true, true);
    gl.enable(gl.BLEND);
    gl.depthMask(false);
    draw();
    gl.depthMask(true);
    gl.disable(gl.BLEND);
  }
}
