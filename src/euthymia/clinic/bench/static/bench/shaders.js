// The programs of the graphics card. All light is mixed linearly and encoded at the end.

const COMMON = `#version 300 es
precision highp float;
vec3 decoded(vec3 c) { return pow(c, vec3(2.2)); }
vec3 encoded(vec3 c) { return pow(clamp(c, 0.0, 1.0), vec3(1.0 / 2.2)); }
`;

export const PLAIN_VERTEX = `${COMMON}
layout(location = 0) in vec3 place;
layout(location = 1) in vec3 normal;
layout(location = 2) in float extra;
layout(location = 3) in float value;
uniform mat4 whole;
uniform mat4 pose;
uniform vec3 eye;
out vec3 facing;
out vec3 toEye;
out float shade;
out float field;
void main() {
  vec4 world = pose * vec4(place, 1.0);
  gl_Position = whole * world;
  facing = mat3(pose) * normal;
  toEye = eye - world.xyz;
  shade = extra;
  field = value;
}`;

// Cortex: grey, darker in the depth of sulci, and the field over it as in the reports' pictures.
export const CORTEX_FRAGMENT = `${COMMON}
in vec3 facing;
in vec3 toEye;
in float shade;
in float field;
uniform sampler2D colours;
uniform float top;
uniform float signedRow;
uniform vec3 up;
out vec4 colour;
void main() {
  vec3 n = normalize(facing);
  vec3 e = normalize(toEye);
  float front = max(dot(n, e), 0.0);
  float sky = 0.5 + 0.5 * dot(n, up);
  float light = 0.16 + 0.62 * front + 0.22 * sky;
  float crown = 1.0 - smoothstep(0.12, 0.75, shade);
  vec3 base = decoded(mix(vec3(0.44, 0.42, 0.45), vec3(0.90, 0.88, 0.86), crown));
  float share = field / top;
  float at = signedRow > 0.5 ? 0.5 + 0.5 * share : share;
  float strong = signedRow > 0.5 ? abs(share) * 1.5 : share;
  float ramp = clamp((strong - 0.15) / 0.30, 0.0, 1.0);
  float cover = ramp * ramp * (3.0 - 2.0 * ramp);
  vec3 hue = decoded(texture(colours, vec2(clamp(at, 0.002, 0.998), signedRow > 0.5 ? 0.75 : 0.25)).rgb);
  vec3 lit = mix(base * light, hue * (0.62 + 0.38 * light), cover);
  float glint = pow(front, 24.0) * 0.05 * (1.0 - cover);
  colour = vec4(encoded(lit + glint), 1.0);
}`;

// Scalp: glass that is clear where it faces the eye and thick at its edge.
export const SCALP_FRAGMENT = `${COMMON}
in vec3 facing;
in vec3 toEye;
in float shade;
in float field;
uniform float cover;
uniform vec3 up;
out vec4 colour;
void main() {
  vec3 n = normalize(facing);
  float front = clamp(dot(n, normalize(toEye)), 0.0, 1.0);
  float rim = pow(1.0 - front, 2.2);
  float sky = 0.5 + 0.5 * dot(n, up);
  float thick = cover * mix(0.55, 1.0, rim) + (1.0 - cover) * 0.55 * rim * step(0.004, cover);
  vec3 skin = decoded(mix(vec3(0.70, 0.66, 0.66), vec3(0.93, 0.91, 0.90), sky));
  vec3 lit = skin * (0.30 + 0.70 * mix(front, 1.0, rim * 0.6));
  colour = vec4(encoded(lit), clamp(thick, 0.0, 1.0));
}`;

// Coil, target and axis: one tint; a tint that is not solid is clearer where it faces the eye.
export const SOLID_FRAGMENT = `${COMMON}
in vec3 facing;
in vec3 toEye;
in float shade;
in float field;
uniform vec4 tint;
uniform vec3 up;
out vec4 colour;
void main() {
  vec3 n = normalize(facing);
  vec3 e = normalize(toEye);
  float front = abs(dot(n, e));
  float sky = 0.5 + 0.5 * dot(n, up);
  vec3 lit = decoded(tint.rgb) * (0.24 + 0.52 * front + 0.30 * sky);
  lit += pow(front, 40.0) * 0.10;
  float rim = pow(1.0 - front, 2.0);
  colour = vec4(encoded(lit), clamp(tint.a * (1.0 + 1.4 * rim), 0.0, 1.0));
}`;
