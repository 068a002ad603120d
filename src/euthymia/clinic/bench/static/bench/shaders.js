// The programs of the graphics card. All light is mixed linearly and encoded at the end, with a
// gamma of 2: where a processor draws, powers would cost more than all the rest.

const COMMON = `#version 300 es
precision highp float;
vec3 decoded(vec3 c) { return c * c; }
vec3 encoded(vec3 c) { return sqrt(c); }
`;

export const PLAIN_VERTEX = `${COMMON}
layout(location = 0) in vec3 place;
layout(location = 1) in vec3 normal;
uniform mat4 whole;
uniform mat4 pose;
uniform vec3 eye;
out vec3 facing;
out vec3 toEye;
void main() {
  vec4 world = pose * vec4(place, 1.0);
  gl_Position = whole * world;
  facing = mat3(pose) * normal;
  toEye = eye - world.xyz;
}`;

// Cortex: light and depth of the sulci at the vertices, the field's colour at each pixel.
export const CORTEX_VERTEX = `${COMMON}
layout(location = 0) in vec3 place;
layout(location = 1) in vec3 normal;
layout(location = 2) in float extra;
layout(location = 3) in float value;
uniform mat4 whole;
uniform vec3 eye;
uniform float perTop;
out vec3 plain;
out vec2 lightAndShare;
void main() {
  gl_Position = whole * vec4(place, 1.0);
  float front = max(dot(normal, normalize(eye - place)), 0.0);
  float light = 0.27 + 0.62 * front + 0.11 * normal.z;
  float crown = 1.0 - smoothstep(0.12, 0.75, extra);
  float glint = front * front;
  glint *= glint;
  glint *= glint;
  plain = decoded(mix(vec3(0.44, 0.42, 0.45), vec3(0.90, 0.88, 0.86), crown)) * light
    + 0.05 * glint * glint;
  lightAndShare = vec2(0.62 + 0.38 * light, value * perTop);
}`;

// Weak fields let the anatomy show through, as in the reports' pictures.
export const CORTEX_FRAGMENT = `${COMMON}
in vec3 plain;
in vec2 lightAndShare;
uniform sampler2D colours;
uniform float signedRow;
out vec4 colour;
void main() {
  float share = lightAndShare.y;
  float strong = mix(share, abs(share) * 1.5, signedRow);
  float ramp = clamp((strong - 0.15) / 0.30, 0.0, 1.0);
  vec3 lit = plain;
  if (ramp > 0.0) {
    float at = clamp(mix(share, 0.5 + 0.5 * share, signedRow), 0.002, 0.998);
    vec3 hue = decoded(texture(colours, vec2(at, 0.25 + 0.5 * signedRow)).rgb);
    lit = mix(plain, hue * lightAndShare.x, ramp * ramp * (3.0 - 2.0 * ramp));
  }
  colour = vec4(encoded(lit), 1.0);
}`;

// Scalp: glass that is clear where it faces the eye and thick at its edge.
export const SCALP_FRAGMENT = `${COMMON}
in vec3 facing;
in vec3 toEye;
uniform float cover;
out vec4 colour;
void main() {
  vec3 n = normalize(facing);
  float front = clamp(dot(n, normalize(toEye)), 0.0, 1.0);
  float rim = (1.0 - front) * (1.0 - front);
  float sky = 0.5 + 0.5 * n.z;
  float thick = cover * mix(0.55, 1.0, rim) + (1.0 - cover) * 0.55 * rim * step(0.004, cover);
  vec3 skin = decoded(mix(vec3(0.70, 0.66, 0.66), vec3(0.93, 0.91, 0.90), sky));
  vec3 lit = skin * (0.30 + 0.70 * mix(front, 1.0, rim * 0.6));
  colour = vec4(encoded(lit), clamp(thick, 0.0, 1.0));
}`;

// Coil, target and axis: one tint; a tint that is not solid is clearer where it faces the eye.
export const SOLID_FRAGMENT = `${COMMON}
in vec3 facing;
in vec3 toEye;
uniform vec4 tint;
out vec4 colour;
void main() {
  vec3 n = normalize(facing);
  vec3 e = normalize(toEye);
  float front = abs(dot(n, e));
  float sky = 0.5 + 0.5 * n.z;
  vec3 lit = decoded(tint.rgb) * (0.24 + 0.52 * front + 0.30 * sky);
  float rim = (1.0 - front) * (1.0 - front);
  colour = vec4(encoded(lit), clamp(tint.a * (1.0 + 1.4 * rim), 0.0, 1.0));
}`;
