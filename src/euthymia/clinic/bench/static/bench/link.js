// Questions to the server: one is on its way at a time, and of those that wait only the newest.

import { unpacked } from "./wire.js";

const TOUCH_MS = 60000;

export class Refusal extends Error {}

export class Server {
  constructor(base, token) {
    this.base = base;
    this.token = token;
    this.touched = Date.now();
  }

  // A page's own questions are no touch of its reader, but moving the coil is: once a minute one
  // of its questions goes without the mark, so that nobody is logged off in the middle of it.
  headers(touch) {
    const now = Date.now();
    const marked = !touch || now - this.touched < TOUCH_MS;
    if (!marked) this.touched = now;
    return { Accept: "application/json, */*", ...(marked && { "X-Background": "1" }) };
  }

  async get(path) {
    const headers = this.headers(false);
    return this.read(await fetch(this.base + path, { credentials: "same-origin", headers }));
  }

  async post(path, question, touch = false) {
    const answer = await fetch(this.base + path, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        ...this.headers(touch), "Content-Type": "application/json", "X-CSRFToken": this.token,
      },
      body: JSON.stringify(question),
    });
    return this.read(answer);
  }

  async read(answer) {
    const kind = answer.headers.get("Content-Type") || "";
    if (!answer.ok) {
      const told = kind.includes("json") ? (await answer.json()).detail : null;
      throw new Refusal(told || `HTTP ${answer.status}`);
    }
    if (kind.includes("json")) return answer.json();
    return unpacked(await answer.arrayBuffer());
  }
}

export class Newest {
  // ask: question -> promise of an answer. got: (answer, question, isLast). failed: error.
  constructor(ask, got, failed) {
    this.ask = ask;
    this.got = got;
    this.failed = failed;
    this.running = false;
    this.waiting = null;
  }

  get busy() {
    return this.running;
  }

  send(question) {
    this.waiting = question;
    if (!this.running) this.next();
  }

  async next() {
    this.running = true;
    while (this.waiting) {
      const question = this.waiting;
      this.waiting = null;
      try {
        const answer = await this.ask(question);
        this.got(answer, question, this.waiting === null);
      } catch (problem) {
        this.failed(problem, question);
      }
    }
    this.running = false;
  }
}
