// @ts-check
// Voting works without this. It votes in place: the page stays where it is, and the focus on the button. What is shown
// at once is taken back where the server says no.

import { figure, newKey } from "./page.js";

// A stranger has no cookie until the first vote is answered; all they do before goes by this one name.
const key = newKey();
const WAYS = [1, -1]; // up and down, in the order of the buttons
const DIGITS = [...Array(10).keys()].map((digit) => figure(digit));

/**
 * The whole number that the page's language writes so.
 * @param {string} text
 */
function numberOf(text) {
  const digits = [...text].map((char) => DIGITS.indexOf(char)).filter((digit) => digit >= 0);
  return Number(digits.join("")) * (/[-−]/.test(text) ? -1 : 1);
}

/**
 * Show how a vote stands. A pressed button takes it back.
 * @param {HTMLFormElement} form
 * @param {{ score: string, value: number }} voted
 */
function show(form, { score, value }) {
  const output = form.querySelector("output");
  if (output) output.textContent = score;
  for (const [place, button] of form.querySelectorAll("button").entries()) {
    const isPressed = value === WAYS[place];
    button.value = String(isPressed ? 0 : WAYS[place]);
    button.setAttribute("aria-pressed", String(isPressed));
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
 * What is submitted as any form is.
 * @type {HTMLFormElement | null}
 */
let plain = null;

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 */
async function vote(form, button) {
  const buttons = [...form.querySelectorAll("button")];
  const score = form.querySelector("output")?.textContent ?? "";
  const earlier = { score, value: WAYS[buttons.findIndex((one) => one.value === "0")] ?? 0 };
  const value = Number(button.value);
  form.setAttribute("aria-busy", "true");
  show(form, { score: figure(numberOf(score) - earlier.value + value), value });
  try {
    const body = new URLSearchParams({ value: String(value), key });
    const response = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    const answer = await response.json();
    show(form, response.ok ? answer : earlier);
    // The way back from a vote of before, which cannot be cast again.
    if (response.ok) form.querySelector("[data-once]:not([aria-pressed=true])")?.remove();
    say(form, response.ok ? "" : answer.sentence);
  } catch {
    show(form, earlier);
    plain = form;
    form.requestSubmit(button);
    plain = null;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches("form.vote") || form === plain || !event.submitter) return;
  event.preventDefault();
  if (!form.hasAttribute("aria-busy")) vote(form, /** @type {HTMLButtonElement} */ (event.submitter));
});
