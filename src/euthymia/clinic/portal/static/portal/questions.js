// One question a screen. Without this file the same form is one page, and works as well.

const form = document.querySelector("[data-questions]");
const questions = [...form.querySelectorAll(".question")];
const [back, next, send] = ["back", "next", "send"].map((n) => form.querySelector(`[data-${n}]`));
const bar = form.querySelector(".questions-progress");
const crisis = document.getElementById("crisis-now");

const answered = (question) => question.querySelector("input:checked") !== null;
const askedFor = questions.findIndex((q) => `#${q.id}` === location.hash);
const firstOpen = questions.findIndex((q) => !answered(q));
let at = Math.max(askedFor >= 0 ? askedFor : firstOpen, 0);

function show(place, focus = true) {
  at = place;
  questions.forEach((question, i) => { question.hidden = i !== at; });
  const last = at === questions.length - 1;
  back.hidden = at === 0;
  next.hidden = last;
  send.hidden = !last && crisis.hidden;
  bar.value = questions.filter(answered).length;
  if (focus) {
    const legend = questions[at].querySelector("legend");
    legend.tabIndex = -1;
    legend.focus({ preventScroll: true });
    form.scrollIntoView({ block: "start" });
  }
}

form.addEventListener("change", (event) => {
  const question = event.target.closest(".question");
  if (!question) return;
  bar.value = questions.filter(answered).length;
  const limit = question.dataset.onSuicide;
  if (limit !== undefined) {
    crisis.hidden = Number(event.target.value) < Number(limit);
    show(at, false);
  }
});
back.addEventListener("click", () => show(at - 1));
next.addEventListener("click", () => show(at + 1));
for (const link of form.querySelectorAll('a[href^="#question-"]')) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    show(questions.findIndex((q) => `#${q.id}` === link.hash));
  });
}

form.classList.add("one-by-one");
bar.hidden = false;
show(at, false);
