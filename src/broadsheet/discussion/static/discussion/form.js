// @ts-check
// Comment forms and votes work without this. It gives each form a key of its own, so that a double click or a retry posts
// once; opens the form for a reply below the comment, with words of it that somebody selected; brings what helps with
// writing and posting once somebody writes. It votes in place: the page stays where it is, and the focus on the button.
// What is shown at once is taken back where the server says no.

import { ask, figure, followed, kept, newKey, offerBeside, showScore } from "./page.js";

const FORM = "form[data-comment-form]";
// What Markdown would take for markup.
const MARKS = /[\\\x60*<[]|\b_|_\b/g;

// A stranger has no cookie until the first vote is answered; all they do before goes by this one name.
const key = newKey();
const WAYS = [1, -1]; // up and down, in the order of the buttons

/**
 * Let somebody write in a form, with what helps where it can be had.
 * @param {HTMLFormElement} form
 */
async function prepare(form) {
  const field = form.elements.namedItem("key");
  if (field instanceof HTMLInputElement && !field.value) field.value = newKey();
  await import("./writing.js").then(({ begin }) => begin(form)).catch(() => {});
}

/**
 * Open the form for a reply below its comment, or go to the one that is open already.
 * @param {HTMLAnchorElement} link
 * @returns {Promise<HTMLTextAreaElement | null>} where one writes
 */
async function openReply(link) {
  const article = /** @type {Element} */ (link.closest("article"));
  let form = article.nextElementSibling;
  if (!form?.matches(FORM)) {
    if (link.hasAttribute("aria-busy")) return null;
    link.setAttribute("aria-busy", "true");
    form = await ask(link.href).then(({ page }) => page.querySelector(FORM)).catch(() => null);
    link.removeAttribute("aria-busy");
    if (!form) {
      location.assign(link.href);
      return null;
    }
    article.after(form);
    await prepare(/** @type {HTMLFormElement} */ (form));
  }
  const field = form.querySelector("textarea");
  field?.focus();
  return field;
}

/**
 * Close the form for a reply where it was opened; elsewhere the link leads back.
 * @param {Element | null} form
 * @returns {boolean} whether there was one to close
 */
function closeReply(form) {
  const article = form?.previousElementSibling;
  if (!article?.matches("article.comment")) return false;
  form?.remove();
  /** @type {HTMLElement | null} */ (article.querySelector("[data-reply]"))?.focus();
  return true;
}

/**
 * What is submitted as any form is.
 * @type {HTMLFormElement | null}
 */
let plain = null;

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement | null} button
 */
function submitPlainly(form, button) {
  plain = form;
  form.requestSubmit(button);
  plain = null;
}

/**
 * Post or preview in place; where that does not work, as any form does.
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement | null} button
 */
async function send(form, button) {
  form.inert = true;
  const isShown = await import("./writing.js").then((writing) => writing.send(form, button?.value ?? "post")).catch(() => false);
  if (isShown) return;
  form.inert = false;
  submitPlainly(form, button);
}

/**
 * Show which way somebody voted. A pressed button takes it back.
 * @param {HTMLFormElement} form
 * @param {number} value
 */
function showWay(form, value) {
  for (const [place, button] of form.querySelectorAll("button").entries()) {
    const isPressed = value === WAYS[place];
    button.value = String(isPressed ? 0 : WAYS[place]);
    button.setAttribute("aria-pressed", String(isPressed));
  }
}

/**
 * Say beside the buttons why a vote was not taken; with nothing to say, take away what was said.
 * @param {HTMLFormElement} form
 * @param {string} [sentence]
 */
function explain(form, sentence) {
  form.parentElement?.querySelector(".why")?.remove();
  if (!sentence) return;
  const why = document.createElement("p");
  why.className = "why";
  why.role = "alert";
  why.textContent = sentence;
  form.after(why);
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 */
async function vote(form, button) {
  const output = /** @type {HTMLOutputElement} */ (form.querySelector("output"));
  const earlier = WAYS[[...form.querySelectorAll("button")].findIndex((one) => one.value === "0")] ?? 0;
  const value = Number(button.value);
  showWay(form, value);
  output.textContent = figure(Number(output.dataset.score) - earlier + value);
  form.setAttribute("aria-busy", "true");
  /** @param {{ value: number, score?: number, version?: number }} voted without a score, as it was told last */
  const settle = ({ value, score, version }) => {
    form.removeAttribute("aria-busy");
    showScore(form, score, version);
    showWay(form, value);
  };
  try {
    const body = new URLSearchParams({ value: String(value), key });
    const response = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    const answer = await response.json();
    settle(response.ok ? answer : { value: earlier });
    // The way back from a vote of before, which cannot be cast again.
    if (response.ok) form.querySelector("[data-once]:not([aria-pressed=true])")?.remove();
    explain(form, answer.sentence);
  } catch {
    settle({ value: earlier });
    submitPlainly(form, button);
  }
}

document.addEventListener("focusin", ({ target }) => {
  const form = /** @type {Element} */ (target).closest(FORM);
  if (form) prepare(/** @type {HTMLFormElement} */ (form));
});

document.addEventListener("click", (event) => {
  const link = followed(event);
  const opens = link?.matches("[data-reply]");
  if (link && opens) openReply(link);
  if (opens || (link?.matches(`${FORM} .cancel`) && closeReply(link.closest(FORM)))) event.preventDefault();
});

document.addEventListener("keydown", ({ key, target }) => {
  const form = key === "Escape" && /** @type {Element} */ (target).closest?.("li > form, .notes form");
  if (!form || form.querySelector("textarea")?.value.trim()) return;
  /** @type {HTMLElement | null} */ (form.querySelector(".cancel"))?.click();
});

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const isVote = button && form.matches("form.vote");
  if (form === plain || !(isVote || form.matches(FORM))) return;
  event.preventDefault();
  if (!isVote) prepare(form);
  if (form.inert || form.hasAttribute("aria-busy")) return;
  if (isVote) vote(form, button);
  else send(form, button);
});

// The stylesheet shows what works with this only.
document.documentElement.classList.add("scripted");
for (const form of kept("drafts").length ? document.querySelectorAll(FORM) : []) {
  prepare(/** @type {HTMLFormElement} */ (form));
}

const offer = document.getElementById("quote-this");
let words = "";
/** @type {HTMLAnchorElement | null} */
let reply = null;

/**
 * The words of the comment that a selection lies in, to their end at most.
 * @param {Range} range
 */
function textAround({ startContainer, endContainer, endOffset }) {
  const start = startContainer instanceof Element ? startContainer : startContainer.parentElement;
  const text = start?.closest("article.comment > .text");
  if (!text || text.contains(endContainer)) return text;
  // Three clicks select a paragraph and end where the next thing begins.
  const rest = new Range();
  rest.setStartAfter(text);
  rest.setEnd(endContainer, endOffset);
  return String(rest).trim() ? null : text;
}

if (offer) {
  offerBeside(offer, (range) => {
    const text = textAround(range);
    reply = text?.parentElement?.querySelector("[data-reply]") ?? null;
    words = String(getSelection()).trim();
    return (reply && words && text) || null;
  });
  offer.addEventListener("click", async () => {
    offer.hidden = true;
    const [{ put }, field] = await Promise.all([import("./writing.js"), reply && openReply(reply)]);
    if (!field) return;
    const quoted = words.replace(MARKS, "\\$&").replace(/^/gm, "> ").replace(/ $/gm, "");
    const above = field.value.trimEnd();
    put(field, `${above && "\n\n"}${quoted}\n\n`, above.length, field.value.length);
  });
}
