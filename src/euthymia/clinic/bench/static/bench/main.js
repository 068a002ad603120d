// Begins the bench: waits until the head is ready, fetches it, and hands over to the bench itself.

import { Bench } from "./bench.js";
import { Refusal, Server } from "./link.js";
import { context } from "./scene.js";
import { Words, finder } from "./words.js";

const ASK_AGAIN_MS = 1000;

const root = document.getElementById("bench");
const find = finder(root);
const words = new Words(root);
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const server = new Server(root.dataset.base, token);

function broken(sentence) {
  find("waiting").hidden = true;
  find("broken").textContent = sentence;
  find("broken").hidden = false;
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function tellWaiting(state) {
  const bar = find("waiting-bar");
  const known = { unprepared: "unprepared", opening: "opening" };
  if (state.state === "preparing" && state.percent > 0) {
    bar.value = state.percent / 100;
    find("waiting-text").textContent = words.fill("preparing", {
      percent: Math.round(state.percent),
    });
  } else {
    bar.removeAttribute("value");
    find("waiting-text").textContent = words.get(known[state.state] ?? "waits");
  }
  find("prepare").hidden = state.state !== "unprepared";
  find("waiting-why").hidden = !state.why;
  find("waiting-why").textContent = state.why ?? "";
  bar.hidden = state.state === "unprepared";
}

async function untilReady() {
  for (;;) {
    const state = await server.get("state/");
    if (state.state === "ready") return;
    if (state.state === "failed") throw new Refusal(state.why);
    tellWaiting(state);
    await pause(ASK_AGAIN_MS);
  }
}

async function begin() {
  const gl = context(find("picture"));
  if (!gl) {
    broken(words.get("no-webgl"));
    return;
  }
  if (root.dataset.ready !== "ready") await untilReady();
  const head = await server.get("scene/");
  find("waiting").hidden = true;
  find("bench").hidden = false;
  const bench = new Bench({ find, words, server, head, gl });
  await bench.begin();
}

begin().catch((problem) => {
  broken(problem instanceof Refusal ? problem.message : words.get("lost"));
  if (!(problem instanceof Refusal)) throw problem;
});
