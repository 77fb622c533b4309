// @ts-check
// Voting works without this. It votes in place: the page stays where it is, and the focus on the button.

import { newKey } from "./key.js";

// A stranger has no cookie until the first vote is answered; all they do before goes by this one name.
const key = newKey();

/**
 * Show a vote as the server has counted it. A pressed button takes the vote back.
 * @param {HTMLFormElement} form
 * @param {{ score: string, value: number }} voted
 */
function show(form, voted) {
  const output = form.querySelector("output");
  if (output) output.textContent = voted.score;
  for (const [place, button] of form.querySelectorAll("button").entries()) {
    const way = place === 0 ? 1 : -1;
    button.value = String(voted.value === way ? 0 : way);
    button.setAttribute("aria-pressed", String(voted.value === way));
  }
}

/**
 * Say beside the buttons why a vote was not taken; with nothing to say, take away what was said.
 * @param {HTMLFormElement} form
 * @param {string} sentence
 */
function say(form, sentence) {
  form.parentElement?.querySelector(".why")?.remove();
  if (!sentence) return;
  const why = document.createElement("p");
  why.className = "why";
  why.setAttribute("role", "alert");
  why.textContent = sentence;
  form.after(why);
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 */
async function vote(form, button) {
  form.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams({ value: button.value, key });
    const response = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    const answer = await response.json();
    if (response.ok) show(form, answer);
    say(form, response.ok ? "" : answer.sentence);
  } catch {
    form.dataset.plain = "true";
    form.requestSubmit(button);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!(form instanceof HTMLFormElement) || !form.matches("form.vote") || form.dataset.plain) return;
  if (!(submitter instanceof HTMLButtonElement)) return;
  event.preventDefault();
  if (!form.hasAttribute("aria-busy")) vote(form, submitter);
});
