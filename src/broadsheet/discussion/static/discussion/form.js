// @ts-check
// Comment forms work without this. It gives each form a key of its own, so that a double click or a retry posts once;
// opens the form for a reply below the comment; shows a preview in place. All HTML comes from the server.

import { newKey } from "./key.js";

const FORM = "form[data-comment-form]";

/** @param {HTMLFormElement} form */
function giveKey(form) {
  const field = form.elements.namedItem("key");
  if (field instanceof HTMLInputElement && !field.value) field.value = newKey();
}

/**
 * Ask the server for a page and take the comment form out of it.
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<HTMLFormElement | null>}
 */
async function fetchForm(url, options) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, ...options });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const form = page.querySelector(FORM);
  return form instanceof HTMLFormElement ? form : null;
}

/**
 * Open the form for a reply below its comment, or go to the one that is open already.
 * @param {HTMLAnchorElement} link
 */
async function openReply(link) {
  const article = link.closest("article");
  if (!article || link.getAttribute("aria-busy")) return;
  const open = article.nextElementSibling;
  if (open?.matches(FORM)) {
    open.querySelector("textarea")?.focus();
    return;
  }
  link.setAttribute("aria-busy", "true");
  try {
    const form = await fetchForm(link.href);
    if (!form) throw new Error("no form");
    article.after(form);
    form.querySelector("textarea")?.focus();
  } catch {
    location.assign(link.href);
  } finally {
    link.removeAttribute("aria-busy");
  }
}

/**
 * Show in place what the server makes of the form: the preview, or what is wrong.
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 */
async function preview(form, button) {
  const typed = new URLSearchParams();
  for (const [name, value] of new FormData(form, button)) typed.append(name, String(value));
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetchForm(form.action, { method: "POST", body: typed });
    if (!answer) throw new Error("no form");
    form.replaceWith(answer);
    const next = answer.querySelector("[aria-invalid]") ?? answer.querySelector("button[value=preview]");
    if (next instanceof HTMLElement) next.focus();
  } catch {
    form.removeAttribute("aria-busy");
    button.dataset.plain = "true";
    form.requestSubmit(button);
  }
}

/**
 * Close the form for a reply where it was opened; elsewhere the link leads back.
 * @param {HTMLAnchorElement} link
 * @returns {boolean} whether there was one to close
 */
function closeReply(link) {
  const form = link.closest(FORM);
  const article = form?.previousElementSibling;
  if (!form || !article?.matches("article.comment")) return false;
  form.remove();
  const reply = article.querySelector("a[data-reply]");
  if (reply instanceof HTMLElement) reply.focus();
  return true;
}

document.addEventListener("focusin", (event) => {
  const form = event.target instanceof Element ? event.target.closest(FORM) : null;
  if (form instanceof HTMLFormElement) giveKey(form);
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && event.button === 0;
  if (!link || !isPlain) return;
  if (link.matches("[data-reply]")) {
    event.preventDefault();
    openReply(link);
  } else if (link.matches(`${FORM} .cancel`) && closeReply(link)) {
    event.preventDefault();
  }
});

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!(form instanceof HTMLFormElement) || !form.matches(FORM)) return;
  giveKey(form);
  if (submitter instanceof HTMLButtonElement && submitter.value === "preview" && !submitter.dataset.plain) {
    event.preventDefault();
    preview(form, submitter);
  } else {
    form.setAttribute("aria-busy", "true");
  }
});

// A page that comes back from the history shows its forms as they can be used.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll(FORM)) form.removeAttribute("aria-busy");
});
