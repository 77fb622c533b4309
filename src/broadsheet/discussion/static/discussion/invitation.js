// @ts-check
// The invitation is a link to the form without this. It hides the link where the form is in view, moves the focus into
// the form when the link is pressed, and says its sentence once per article, where there is nothing that it could cover.

import { isPlain, keep, kept } from "./page.js";

// The articles that a reader was invited for, the last ones; kept in this browser only.
const STORE = "invited";
// What lies around the text of a page and holds none itself.
const EMPTY = "html, body, main, main > article, .cols, .cols > .main, .exchange";
const STEP = 12; // less than a line of text is high

/** @param {string} article */
function remember(article) {
  keep(STORE, [...kept(STORE).filter((one) => one !== article), article]);
}

/**
 * Whether nothing stands where the box is, or would be.
 * @param {Element} box
 */
function isFree(box) {
  if (getComputedStyle(box).position !== "fixed") return true; // it has a place of its own
  const { left, width, top, bottom } = box.getBoundingClientRect();
  for (let y = top; y < bottom + STEP; y += STEP) {
    for (let part = 0; part <= 6; part += 1) {
      const found = document.elementsFromPoint(left + (width * part) / 6, Math.min(y, bottom));
      const under = found.find((element) => !box.contains(element));
      if (under && !under.matches(EMPTY)) return false;
    }
  }
  return true;
}

/**
 * @param {HTMLElement} button
 * @param {HTMLElement} form
 */
function invite(button, form) {
  const article = button.dataset.invitation ?? "";
  const sentence = button.querySelector("template")?.content.firstElementChild;
  const box = sentence && !kept(STORE).includes(article) ? /** @type {HTMLElement} */ (sentence.cloneNode(true)) : null;
  let isAtForm = false;
  let isTime = false;

  /** Say the sentence, or take it back while it has no place. */
  function update() {
    if (!box || !isTime) return;
    const says = !isAtForm && isFree(box);
    box.toggleAttribute("data-said", says);
    const { top, bottom } = box.getBoundingClientRect();
    if (says && bottom > 0 && top < innerHeight) remember(article);
  }

  /** @param {MouseEvent} event */
  function lead(event) {
    if (!isPlain(event)) return;
    event.preventDefault();
    form.scrollIntoView();
    form.querySelector("textarea")?.focus({ preventScroll: true });
  }

  new IntersectionObserver((entries) => {
    isAtForm = entries[entries.length - 1].isIntersecting;
    button.hidden = isAtForm;
    update();
  }).observe(form);
  button.querySelector("a")?.addEventListener("click", lead);
  if (!box) return;
  // Its room is kept from the beginning: nothing moves when it appears.
  button.after(box);
  box.querySelector("a")?.addEventListener("click", lead);
  box.querySelector("button")?.addEventListener("click", () => {
    isTime = false;
    box.removeAttribute("data-said");
    remember(article);
  });
  setTimeout(() => {
    isTime = true;
    update();
  }, Number(button.dataset.delay) * 1000);
  for (const event of ["scroll", "resize"]) addEventListener(event, update);
}

const button = document.querySelector("[data-invitation]");
const form = document.getElementById("write");
if (button instanceof HTMLElement && form) invite(button, form);
