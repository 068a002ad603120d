// The emergency stop. It stands alone: nothing else on the page has to work for it, and without
// this script its button is a plain form.

const form = document.querySelector("[data-stop]");
const answer = form.querySelector("[data-stop-answer]");

async function stop() {
  answer.textContent = "…";
  try {
    const reply = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      keepalive: true,
      signal: AbortSignal.timeout(4000),
    });
    const told = await reply.json();
    answer.textContent = told.sentence;
    form.dataset.confirmed = told.confirmed ? "1" : "0";
    document.dispatchEvent(new CustomEvent("chair:stopped", { detail: told }));
  } catch {
    // Once more by the browser's own way, which shows what it cannot do.
    form.submit();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  stop();
});

addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=hidden]), textarea, select");
  if (event.key === "Escape" || (event.key === " " && !typing)) {
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) stop();
  }
}, { capture: true });
