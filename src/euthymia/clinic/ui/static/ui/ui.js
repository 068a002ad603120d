// What every page shares: the CSRF header for htmx, the focus after an error, no double press.
// Each part only eases the work; every form works without it.

const token = document.querySelector('meta[name="csrf-token"]')?.content;

document.addEventListener("htmx:configRequest", (event) => {
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
});

// What keeps itself up to date (data-live) says so when it no longer can (data-stale), until it can.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    event.detail.elt.closest("[data-live]")?.setAttribute("data-stale", "");
  });
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) event.detail.elt.closest("[data-live]")?.removeAttribute("data-stale");
});

document.querySelector("[data-focus]")?.focus();

// The link in an error summary moves the focus into the field, not only the page to it.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.scrollIntoView({ block: "center" });
});

// The server knows a repeated entry by its id; this only spares the reader the doubt.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// A form marked data-guard asks before what was typed is lost.
const guarded = document.querySelector("form[data-guard]");
if (guarded) {
  let changed = false;
  guarded.addEventListener("input", () => { changed = true; });
  guarded.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

// Whoever types is not idle: the server is told once a minute, so that a long note is not cut off.
const TOLD_EVERY_MS = 60_000;
let told = Date.now();
addEventListener("input", () => {
  if (Date.now() - told < TOLD_EVERY_MS) return;
  told = Date.now();
  fetch("/account/touch/", { cache: "no-store" }).catch(() => {});
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
