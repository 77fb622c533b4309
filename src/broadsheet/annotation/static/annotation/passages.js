// @ts-check
// Offers "Comment on this" where somebody selects words of the story, and opens the form beside them. All HTML comes
// from the server. Without this, every paragraph has a link to a form where those are switched on.

import { ask, followed, offerBeside } from "../discussion/page.js";
import { selectedWords } from "./words.js";

const OPEN = ".notes.writing";

/** @typedef {import("./words.js").Words} Words */

/**
 * The form behind the button; on its own it asks the server for a page with the form for a comment.
 * @param {HTMLFormElement} offer
 * @param {Words} words
 */
function fill(offer, words) {
  for (const [name, value] of Object.entries({ ...words, end_block: words.endBlock })) {
    const field = offer.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = String(value);
  }
}

/**
 * Open the form in a slip behind the paragraph, with what is typed in one that is open already.
 * @param {Element} element
 * @param {Element} content
 */
function openSlip(element, content) {
  const earlier = document.querySelector(OPEN);
  const typed = earlier?.querySelector("textarea")?.value;
  if (earlier && typed && !content.matches("form")) {
    earlier.firstElementChild?.prepend(content);
    return;
  }
  earlier?.remove();
  for (const notes of document.querySelectorAll("details[name=passages][open]")) notes.removeAttribute("open");
  let behind = element;
  while (behind.nextElementSibling?.matches(".notes, .prompt, .choose")) behind = behind.nextElementSibling;
  const slip = document.createElement("div");
  slip.className = "notes writing";
  const sheet = document.createElement("div");
  sheet.className = "slip";
  sheet.append(content);
  slip.append(sheet);
  behind.after(slip);
  const heading = slip.querySelector("h3"); // in the discussion it stands below a heading that is not above it here
  heading?.setAttribute("role", "heading");
  heading?.setAttribute("aria-level", "2");
  const field = slip.querySelector("textarea");
  if (field && typed && !field.value) field.value = typed;
  field?.focus();
  slip.scrollIntoView({ block: "nearest" });
}

/**
 * Ask the server for the form. It knows whether there is such a passage; what it has to say comes with the form.
 * @param {HTMLFormElement} offer
 * @param {Element} element
 */
async function open(offer, element) {
  const typed = new URLSearchParams();
  for (const [name, value] of new FormData(offer)) typed.append(name, String(value));
  offer.setAttribute("aria-busy", "true");
  try {
    const { page } = await ask(offer.action, { method: "POST", body: typed });
    // Where the words cannot be commented on, the form that comes back is for the whole article: one is here already.
    const content = page.querySelector("form#write-passage") ?? page.querySelector("[role=alert]");
    if (!content) throw new Error("no form");
    openSlip(element, content);
    offer.hidden = true;
  } catch {
    offer.submit();
  } finally {
    offer.removeAttribute("aria-busy");
  }
}

/**
 * @param {HTMLFormElement} offer
 * @param {Element} story
 */
function watch(offer, story) {
  const limit = Number(offer.dataset.limit) + 1;
  /** @type {Words | null} */
  let words = null;
  /** @type {Range | null} */
  let chosen = null;
  offerBeside(offer, (range) => {
    words = story.contains(range.commonAncestorContainer) ? selectedWords(range, story, limit) : null;
    chosen = range;
    if (words) fill(offer, words);
    return words?.element ?? null;
  });
  offer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!words || !chosen) return;
    CSS.highlights?.set("chosen", new Highlight(chosen));
    open(offer, words.element);
  });
}

document.addEventListener("click", (event) => {
  const slip = followed(event)?.closest(".cancel")?.closest(OPEN);
  if (!slip) return;
  event.preventDefault();
  slip.remove();
  CSS.highlights?.delete("chosen");
});

const offer = document.getElementById("comment-on-this");
const story = offer?.closest(".body");
if (offer instanceof HTMLFormElement && story) watch(offer, story);
