// The page's words stand in its HTML, translated; here they are found and filled with numbers.

export class Words {
  constructor(root) {
    this.known = new Map(
      [...root.querySelectorAll("[data-word]")].map((e) => [e.dataset.word, e.textContent.trim()]),
    );
  }

  get(name) {
    return this.known.get(name) ?? name;
  }

  fill(name, values) {
    return this.get(name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  }
}

// A number with a true minus sign and so many decimals.
export function number(value, digits = 0) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

export const finder = (root) => (name) => root.querySelector(`[data-at="${name}"]`);
