// @ts-check
// Comment forms work without this. It gives each form a key of its own, so that a double click or a retry posts once;
// opens the form for a reply below the comment, with words of it that somebody selected; brings what helps with writing
// and posting once somebody writes.

import { ask, followed, kept, newKey, offerBeside } from "./page.js";

const FORM = "form[data-comment-form]";
// What Markdown would take for markup.
const MARKS = /[\\\x60*<[]|\b_|_\b/g;

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
 * Post or preview in place; where that does not work, as any form does.
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement | null} button
 */
async function send(form, button) {
  const isShown = await import("./post.js").then((post) => post.send(form, button?.value ?? "post")).catch(() => false);
  if (isShown) return;
  plain = form;
  form.requestSubmit(button);
  plain = null;
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
  if (!form.matches(FORM) || form === plain) return;
  event.preventDefault();
  prepare(form);
  if (!form.inert) send(form, /** @type {HTMLButtonElement | null} */ (event.submitter));
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
