// The console: asks twice a second what the session does, shows it, and carries presses.

const page = document.querySelector("[data-console]");
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const EVERY_MS = 500;
const FOREGROUND_EVERY_MS = 60_000;

let touched = true;
let foregroundAt = -FOREGROUND_EVERY_MS;
let misses = 0;
let marks = null;
let told = "";
let stopped = false;

for (const kind of ["pointerdown", "pointermove", "keydown", "touchstart", "wheel"]) {
  addEventListener(kind, () => { touched = true; }, { passive: true, capture: true });
}
document.addEventListener("chair:stopped", () => { stopped = true; });

async function send(url, fields, background) {
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  if (background) headers["X-Background"] = "1";
  const reply = await fetch(url, {
    method: "POST", headers, body: new URLSearchParams(fields), signal: AbortSignal.timeout(3000),
  });
  if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
  return reply.json();
}

function put(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

function showMarks(now, words) {
  if (now === marks) return;
  const bars = page.querySelectorAll(".train");
  const names = { ".": "todo", n: "now", g: "given", s: "short" };
  for (let i = 0; i < now.length; i += 1) {
    if (!marks || now[i] !== marks[i]) bars[i]?.setAttribute("class", `train ${names[now[i]]}`);
  }
  marks = now;
  put(page.querySelector("[data-marks-words]"), words);
}

function showTold(sentences) {
  const list = page.querySelector("[data-told]");
  const whole = JSON.stringify(sentences);
  if (whole === told) return;
  const known = new Set([...list.children].map((item) => item.dataset.key ?? item.textContent.trim()));
  for (const { at, text } of sentences) {
    const key = `${at} ${text}`;
    if (known.has(key)) continue;
    const item = document.createElement("li");
    const time = document.createElement("time");
    time.textContent = at;
    item.dataset.key = key;
    item.append(time, ` ${text}`);
    list.append(item);
  }
  while (list.children.length > 8) list.firstElementChild.remove();
  told = whole;
}

function show(state) {
  page.dataset.phase = state.phase;
  for (const node of page.querySelectorAll("[data-live]")) put(node, state.words[node.dataset.live] ?? "");
  const alarm = page.querySelector("[data-alarm]");
  if (alarm.textContent.trim() !== state.words.why) {
    alarm.replaceChildren();
    if (state.words.why) {
      const text = document.createElement("p");
      text.className = state.wished ? "alarm-text wished" : "alarm-text";
      text.textContent = state.words.why;
      alarm.append(text);
    }
  }
  for (const button of page.querySelectorAll("[data-when]")) {
    button.hidden = !button.dataset.when.split(" ").includes(state.phase);
  }
  const train = page.querySelector("[data-train]");
  if (train) train.value = state.waits_for ?? "";
  showMarks(state.marks, state.marks_words);
  showTold(state.sentences);
  if (state.ended) leave();
}

let leaving = false;
function leave() {
  if (leaving) return;
  leaving = true;
  // After an emergency stop its answer stays to be read; everything else goes on by itself.
  if (!stopped) setTimeout(() => location.assign(page.dataset.home), 800);
  else {
    const link = document.createElement("a");
    link.className = "button large block";
    link.href = page.dataset.home;
    link.textContent = document.querySelector("[data-stop]").dataset.on;
    document.querySelector("[data-stop]").append(link);
  }
}

async function ask() {
  const foreground = touched && performance.now() - foregroundAt > FOREGROUND_EVERY_MS;
  const fields = { touched: touched ? "1" : "0" };
  touched = false;
  try {
    const state = await send(page.dataset.state, fields, !foreground);
    if (foreground) foregroundAt = performance.now();
    misses = 0;
    show(state);
  } catch {
    misses += 1;
  }
  page.querySelector("[data-offline]").hidden = misses < 3;
  if (!leaving) setTimeout(ask, EVERY_MS);
}

page.querySelector("[data-controls]")?.addEventListener("submit", async (event) => {
  if (!event.submitter) return;
  event.preventDefault();
  const wish = event.submitter.value;
  const train = page.querySelector("[data-train]").value;
  event.submitter.setAttribute("aria-busy", "true");
  try {
    await send(page.dataset.ask, { wish, train }, false);
  } catch {
    misses = Math.max(misses, 3);
  } finally {
    event.submitter.removeAttribute("aria-busy");
  }
});

ask();
