// @ts-check
// Posts and previews without leaving the page. A comment stands in its place at once, as "being posted", until the
// server's own drawing of it comes; what is refused comes back with everything that was typed.

import { ask, framed, itemOf, listOf, namedBy, recount, say, words } from "./page.js";
import { save } from "./writing.js";

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
  if (answered(form)) {
    form.remove();
  } else {
    form.reset();
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
 * Send what was typed, and show what became of it.
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
  form.inert = true;
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
