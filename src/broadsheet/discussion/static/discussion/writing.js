// @ts-check
// What helps with writing, and comes when somebody begins: buttons and keys that write Markdown, how long it is near the
// limit, a draft that stays in this browser until the comment is posted. Posts and previews without leaving the page: a
// comment stands in its place at once, as "being posted", until the server's own drawing of it comes; what is refused
// comes back with everything that was typed.

import { ask, figure, filled, framed, itemOf, keep, kept, listOf, namedBy, recount, say, words } from "./page.js";

const FIELD = "form[data-comment-form] textarea";
/** @type {Record<string, string>} */
const AROUND = { bold: "**", italic: "*", code: "`" };
/** @type {Record<string, string>} */
const BEFORE = { quote: "> ", list: "- " };
/** @type {Record<string, string>} */
const KEYS = { b: "bold", i: "italic", k: "link" };
const COMMAND = /^(Mac|iP)/.test(navigator.platform) ? "metaKey" : "ctrlKey";

const NEAR = 0.9; // of the limit
const PAUSE = 600; // milliseconds without a key: nobody is talked to while they type
// What the server takes out before it counts, see broadsheet/kernel/text.py: what nobody sees, towers of marks.
const UNSEEN = /(\u{1f3f4}\p{Cf}+)|(?![\t-\r\x85\u0600-\u08ff\u200b-\u200f])[\p{Cc}\p{Cf}]/gu;
const TOWERS = /([\p{Mn}\p{Me}]{6})[\p{Mn}\p{Me}]+/gu;
const JOINERS = /([\u061c\u200b-\u200f]{2})[\u061c\u200b-\u200f]+/g;

const DRAFTS = 20;
const AGE = 30 * 24 * 60 * 60 * 1000; // milliseconds

/**
 * Put text in place of a part of the field as if it was typed, so that it can be undone.
 * @param {HTMLTextAreaElement} field
 * @param {string} text
 * @param {number} from
 * @param {number} to
 */
export function put(field, text, from, to) {
  field.focus();
  field.setSelectionRange(from, to);
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/**
 * Put a mark on both sides of the chosen words, of each paragraph's own; or take it away.
 * @param {HTMLTextAreaElement} field
 * @param {string} mark
 */
function around(field, mark) {
  const { value, selectionStart, selectionEnd } = field;
  const chosen = value.slice(selectionStart, selectionEnd);
  const text = chosen.trim();
  const [start, { length }] = [selectionStart + chosen.indexOf(text), mark];
  const end = start + text.length;
  const [left, right] = [start - length, end + length];
  if (value.slice(left, right) === mark + text + mark && value[left - 1] !== mark) {
    put(field, text, left, right);
    field.setSelectionRange(left, end - length);
  } else if (mark === "`" && text.includes("\n")) {
    put(field, `${"```"}\n${text}\n${"```"}`, start, end);
  } else {
    const marked = text.split("\n\n").map((part) => mark + part + mark);
    put(field, marked.join("\n\n"), start, end);
    field.setSelectionRange(start + length, field.selectionEnd - length);
  }
}

/**
 * Begin the chosen lines with a mark; or take it away from all of them.
 * @param {HTMLTextAreaElement} field
 * @param {string} mark
 */
function before(field, mark) {
  const { value, selectionStart, selectionEnd } = field;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const end = `${value}\n`.indexOf("\n", selectionEnd);
  const lines = value.slice(start, end).split("\n");
  const isMarked = lines.every((line) => line.startsWith(mark));
  put(field, lines.map((line) => (isMarked ? line.slice(mark.length) : mark + line)).join("\n"), start, end);
}

/**
 * Make the chosen words a link, or a chosen address the end of one; what is missing is chosen next.
 * @param {HTMLTextAreaElement} field
 */
function link(field) {
  const { value, selectionStart: start, selectionEnd: end } = field;
  const chosen = value.slice(start, end);
  const isAddress = /^https?:\S+$/.test(chosen);
  put(field, isAddress ? `[](${chosen})` : `[${chosen}](https://)`, start, end);
  if (isAddress || !chosen) field.setSelectionRange(start + 1, start + 1);
  else field.setSelectionRange(end + 3, end + 11);
}

/**
 * @param {HTMLTextAreaElement} field
 * @param {string} tool
 */
function use(field, tool) {
  if (AROUND[tool]) around(field, AROUND[tool]);
  else if (BEFORE[tool]) before(field, BEFORE[tool]);
  else link(field);
}

/**
 * Keys in a field: with Ctrl, or Cmd on a Mac, they format and send.
 * @param {KeyboardEvent} event
 * @param {HTMLTextAreaElement} field
 */
function press(event, field) {
  const { key, code, altKey, shiftKey } = event;
  if (!event[COMMAND] || altKey || shiftKey) return;
  // Letters of other scripts stand on the same keys.
  const tool = KEYS[(/^[a-z]$/i.test(key) ? key : code.slice(3)).toLowerCase()];
  if (tool) use(field, tool);
  else if (key === "Enter") field.form?.requestSubmit(/** @type {any} */ (field.form).querySelector("[value=post]"));
  else return;
  event.preventDefault();
}

/**
 * Keys in the toolbar: it is one stop of Tab, arrows lead from button to button.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} button
 */
function walk({ key }, button) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (!step) return;
  const buttons = /** @type {HTMLElement[]} */ ([.../** @type {Element} */ (button.parentElement).children]);
  const place = buttons.indexOf(button) + (document.dir === "rtl" ? -step : step);
  const next = /** @type {HTMLElement} */ (buttons.at(place % buttons.length));
  button.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/**
 * How many characters the server will count.
 * @param {string} text
 */
export function lengthOf(text) {
  const seen = text.replace(UNSEEN, "$1").replace(TOWERS, "$1").normalize("NFC");
  return [...seen.replace(JOINERS, "$1").trim()].length;
}

/** @param {HTMLTextAreaElement} field */
function tell(field) {
  const place = /** @type {HTMLElement | null | undefined} */ (field.form?.querySelector("[data-limit]"));
  if (!place) return; // another form stands there by now
  const { limit, near, over } = place.dataset;
  const [most, count] = [Number(limit), lengthOf(field.value)];
  const sentence = count > most ? over : near;
  const said = count < most * NEAR ? "" : filled(sentence, { count: figure(count), limit: figure(most) });
  if (place.textContent !== said) place.textContent = said;
}

/** @typedef {[place: string, text: string, time: number]} Draft */

/** @returns {Draft[]} those that are not too old */
const drafts = () => kept("drafts").filter((draft) => Date.now() - draft?.[2] < AGE);

/**
 * What a form is for: a thread, an answer, an edit, words of the story.
 * @param {HTMLFormElement} form
 */
const placeOf = (form) => `${new URL(form.action).pathname} ${new FormData(form).get("exact") ?? ""}`;

/**
 * Keep a form's draft. A blank one is thrown away: the server has it, or nobody wants it.
 * @param {HTMLFormElement} form
 * @param {string} text
 */
function save(form, text) {
  const others = drafts().filter(([place]) => place !== placeOf(form));
  keep("drafts", text.trim() ? [...others, [placeOf(form), text, Date.now()]] : others, DRAFTS);
}

/**
 * Put back what was typed earlier, and say so.
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} field
 */
function restore(form, field) {
  const [, text, time] = drafts().find(([place]) => place === placeOf(form)) ?? ["", "", 0];
  const note = /** @type {HTMLElement} */ (form.querySelector("[data-draft]"));
  const sentence = /** @type {HTMLElement} */ (note.firstElementChild);
  if (!text || field.value === text) return;
  field.value = text;
  const when = new Date(time).toLocaleString(words.locale, { dateStyle: "long", timeStyle: "short" });
  sentence.textContent = filled(sentence.textContent ?? "", { when });
  note.hidden = false;
  say(sentence.textContent);
  note.querySelector("button")?.addEventListener("click", () => {
    field.value = field.defaultValue;
    note.hidden = true;
    save(form, "");
    tell(field);
    field.focus();
  });
}

const begun = new WeakSet();

/**
 * Let a form be written in: once each, wherever it comes from.
 * @param {HTMLFormElement} form
 */
export function begin(form) {
  const field = form.querySelector("textarea");
  if (!field || begun.has(field)) return;
  begun.add(field);
  if (field.value === field.defaultValue) restore(form, field);
  else save(form, field.value); // somebody was faster than this
  tell(field);
  // A browser may empty the fields of a page that is loaded again, and does so before this.
  addEventListener("pageshow", () => field.value === field.defaultValue && restore(form, field), { once: true });
}

/**
 * The item of the comment that a form stands below, to answer it.
 * @param {HTMLFormElement} form
 */
const answered = (form) => form.previousElementSibling?.closest("li > article.comment")?.parentElement ?? null;

/**
 * What a template of the page holds.
 * @param {string} id
 */
function copyOf(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  return /** @type {Element} */ (template.content.cloneNode(true).firstChild);
}

/**
 * Show what was typed where the comment will stand, in a list of its own where it is the first.
 * @param {HTMLFormElement} form
 * @param {string} body
 * @returns {Element | null} null where comments have no place on this page
 */
function showPending(form, body) {
  const list = copyOf("pending");
  const [above, part] = [answered(form), form.closest("#discussion .main")];
  const here = above ? listOf(above) : part?.querySelector(":scope > .thread");
  const empty = part?.querySelector(":scope > [data-empty]");
  const item = list.firstElementChild;
  if (!item || !(above ?? here ?? empty)) return null;
  const [article, text] = /** @type {NodeListOf<HTMLElement>} */ (item.querySelectorAll("article, .text"));
  text.textContent = body;
  // Nearest to the form, but below what is pinned.
  const isFirst = here && !above && form.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_FOLLOWING;
  if (here) here.insertBefore(item, isFirst ? here.querySelector(":scope > li:not(:has(> article > .by > .pinned))") : null);
  else if (above) above.append(list);
  else empty?.after(list);
  form.hidden = Boolean(above);
  article.focus();
  return item;
}

/**
 * Show what the server has taken; where it has no place on this page, on its own.
 * @param {HTMLFormElement} form
 * @param {Element | null} pending what it takes the place of
 * @param {Document} page
 * @param {string} url
 */
async function accept(form, pending, page, url) {
  save(form, "");
  const id = namedBy(url);
  const theirs = itemOf(page, id);
  if (!pending || !theirs) {
    location.assign(`${url}#comment-${id}`);
    return;
  }
  itemOf(document, id)?.remove(); // a repeat's first
  const list = /** @type {Element} */ (theirs.parentElement);
  if (pending.matches("li")) {
    // How many replies there are stands above them.
    pending.closest("details > ol")?.previousElementSibling?.replaceWith(list.previousElementSibling ?? "");
    pending.replaceWith(theirs);
  } else {
    pending.replaceWith(framed(list));
  }
  const article = /** @type {HTMLElement} */ (theirs.querySelector("article"));
  article.before(...page.querySelectorAll("#discussion .main > .state"));
  recount(page.querySelector("template")?.content.children ?? []);
  article.focus();
  say(article.matches(".held") ? words.held : words.posted);
  form.reset();
  if (answered(form)) {
    form.remove();
  } else {
    await ask(form.action).then(({ page }) => show(form, page), () => {});
  }
}

/**
 * Show a form as the server draws it now, or what it draws in its place.
 * @param {HTMLFormElement} form
 * @param {Document} page
 * @returns {Element | null} what is shown; null where the page has none
 */
function show(form, page) {
  const next = page.getElementById(form.id);
  if (!next?.matches("form")) {
    if (next) form.replaceWith(next);
    return next;
  }
  form.replaceChildren(...next.childNodes);
  return form;
}

/**
 * Say that nothing arrived. The form keeps its key: a comment that did arrive is not posted twice.
 * @param {HTMLFormElement} form
 * @param {string} tried
 */
function fail(form, tried) {
  const why = copyOf("failed");
  const again = /** @type {HTMLButtonElement} */ (why.querySelector("button"));
  form.querySelector(".row [name=do]")?.parentElement?.before(why);
  again.value = tried;
  again.focus();
  say(why.textContent ?? "");
}

/**
 * Send what was typed in a form, which is inert until then, and show what became of it.
 * @param {HTMLFormElement} form
 * @param {string} tried
 * @returns {Promise<boolean>} false where only a page of its own can show that
 */
export async function send(form, tried) {
  const body = new URLSearchParams({ do: tried });
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  form.querySelector(".failed")?.remove();
  let pending = tried === "post" ? showPending(form, body.get("body") ?? "") : null;
  if (pending?.parentElement?.childElementCount === 1) pending = pending.parentElement;
  form.setAttribute("aria-busy", "true");
  const answer = await ask(form.action, { method: "POST", body }).catch(() => null);
  const isTaken = answer?.response.redirected;
  if (isTaken) await accept(form, pending, answer.page, answer.response.url);
  else pending?.remove();
  form.inert = form.hidden = false;
  form.removeAttribute("aria-busy");
  if (!answer) fail(form, tried);
  if (isTaken || !answer) return true;
  const next = show(form, answer.page);
  const place = tried === "preview" ? "[value=preview]" : "textarea";
  const wrong = next?.querySelector("[aria-invalid]") ?? next?.querySelector(place);
  /** @type {HTMLElement | null | undefined} */ (wrong)?.focus();
  return Boolean(next);
}

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target instanceof HTMLTextAreaElement && target.matches(FIELD)) press(event, target);
  if (target.matches?.(".tools > button")) walk(event, target);
});

document.addEventListener("click", ({ target }) => {
  const button = /** @type {Element} */ (target).closest(".tools > button");
  const field = button?.closest("form")?.querySelector("textarea");
  if (button instanceof HTMLButtonElement && field) use(field, button.value);
});

let timer = 0;

document.addEventListener("input", ({ target }) => {
  if (!(target instanceof HTMLTextAreaElement) || !target.form || !target.matches(FIELD)) return;
  save(target.form, target.value);
  clearTimeout(timer);
  timer = setTimeout(tell, PAUSE, target);
});
