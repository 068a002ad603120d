// Reads the bench's binary answers: a JSON header, then arrays that are laid over the buffer.

const KINDS = {
  float32: Float32Array,
  float16: Uint16Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
  int8: Int8Array,
};

export function unpacked(buffer) {
  const bytes = new Uint8Array(buffer, 0, 4);
  if (String.fromCharCode(...bytes) !== "EUB1") throw new Error("not an answer of the bench");
  const size = new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size)));
  const arrays = {};
  for (const [name, row] of Object.entries(header.arrays)) {
    const count = row.shape.reduce((product, n) => product * n, 1);
    arrays[name] = new KINDS[row.type](buffer, 8 + size + row.offset, count);
    arrays[name].shape = row.shape;
  }
  return { meta: header.meta, arrays };
}

let halves = null;

// The number that each of the 65,536 sixteen-bit floats stands for.
export function halfTable() {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits += 1) {
    const sign = bits & 0x8000 ? -1 : 1;
    const power = (bits >> 10) & 31;
    const part = bits & 1023;
    if (power === 0) halves[bits] = sign * 2 ** -14 * (part / 1024);
    else if (power === 31) halves[bits] = part ? NaN : sign * Infinity;
    else halves[bits] = sign * 2 ** (power - 15) * (1 + part / 1024);
  }
  return halves;
}

export function halvesToFloats(array) {
  const table = halfTable();
  const out = new Float32Array(array.length);
  for (let k = 0; k < array.length; k += 1) out[k] = table[array[k]];
  return out;
}
