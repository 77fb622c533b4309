// @ts-check
// What the behaviours of a page share: other pages of ours and where comments stand on them, sentences and figures,
// lists that this browser keeps, a button beside selected words.

/**
 * A key that no other form and no other reader has. `randomUUID` exists only where the page came encrypted or from this
 * machine.
 * @returns {string}
 */
export function newKey() {
  return crypto.getRandomValues(new Uint32Array(6)).join("");
}

/**
 * Ask the server for a page, all HTML comes from there.
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<{ page: Document, response: Response }>}
 */
export async function ask(url, options) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, ...options });
  return { page: new DOMParser().parseFromString(await response.text(), "text/html"), response };
}

/**
 * Whether somebody just pressed: no other window or tab is wanted, and nobody has taken care of it.
 * @param {MouseEvent} event
 */
export function isPlain({ ctrlKey, metaKey, shiftKey, altKey, button, defaultPrevented }) {
  return !(ctrlKey || metaKey || shiftKey || altKey || button || defaultPrevented);
}

/**
 * The link that was pressed, to be followed on this page; null where there is none.
 * @param {MouseEvent} event
 * @returns {HTMLAnchorElement | null}
 */
export function followed(event) {
  return isPlain(event) ? /** @type {Element} */ (event.target).closest("a") : null;
}

/**
 * The comment that an address is the permalink of.
 * @param {string} url
 */
export const namedBy = (url) => new URL(url).pathname.split("/").at(-2) ?? "";

/**
 * The item of a comment on a page.
 * @param {Document} page
 * @param {string} id
 */
export const itemOf = (page, id) => page.getElementById(`comment-${id}`)?.closest("li") ?? null;

/**
 * The list of what answers a comment; null where nothing does.
 * @param {Element} item the comment's
 */
export const listOf = (item) => item.querySelector(":scope > ol, :scope > details > ol");

/**
 * A list with what the server wraps it in, so that it opens and closes.
 * @param {Element} list
 */
export const framed = (list) => list.closest("details.replies > ol")?.parentElement ?? list;

const region = document.getElementById("saying");

/** Sentences of the page's, as the server has written them. */
export const words = region?.dataset ?? {};

/** Writes a whole number as the page's language does. */
export const figure = new Intl.NumberFormat(words.locale).format;

/**
 * A sentence with what belongs into it.
 * @param {string | undefined} sentence
 * @param {Record<string, string>} values
 */
export const filled = (sentence, values) => (sentence ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name]);

/**
 * Say it to somebody who does not see the page change, when their program is ready.
 * @param {string | undefined} sentence
 */
export function say(sentence) {
  if (region) region.textContent = sentence ?? "";
}

/**
 * Show how many comments there are, in every sentence that says it.
 * @param {Iterable<Element>} sentences as the server has written them
 */
export function recount(sentences) {
  for (const sentence of sentences) {
    for (const place of document.querySelectorAll(`[data-count=${sentence.getAttribute("data-count")}]`)) {
      place.replaceChildren(...sentence.cloneNode(true).childNodes);
    }
  }
}

/**
 * Show the score of a comment, as the server has it: the newest that was told, in whatever order that came. While a vote
 * is on its way, what it comes to stays there.
 * @param {Element | null} part that holds its figure, and no other comment's; null where it does not stand here
 * @param {any} [score]
 * @param {any} [version] of the discussion that had it
 */
export function showScore(part, score, version) {
  const output = part?.querySelector("output");
  if (!output) return;
  const { dataset } = output;
  if (version >= Number(dataset.version ?? 0)) Object.assign(dataset, { score, version });
  if (!output.closest("[aria-busy]")) output.textContent = figure(Number(dataset.score));
}

/**
 * A list that this browser keeps, and nobody else ever sees. Nothing is kept before a reader did something for it.
 * @param {string} name
 * @returns {any[]} empty where nothing is kept
 */
export function kept(name) {
  try {
    const found = JSON.parse(localStorage.getItem(name) ?? "");
    return Array.isArray(found) ? found : [];
  } catch {
    return []; // nothing, private mode, or somebody else's value
  }
}

/**
 * Keep the last `most` of a list. An empty one leaves nothing behind.
 * @param {string} name
 * @param {any[]} list
 * @param {number} [most]
 */
export function keep(name, list, most = 200) {
  try {
    if (list.length) localStorage.setItem(name, JSON.stringify(list.slice(-most)));
    else localStorage.removeItem(name);
  } catch {
    // Then it lasts for this page.
  }
}

/**
 * Show a button below selected words. Where fingers select, the browser's own menu stands there: the stylesheet keeps it at the
 * window's edge, on the side where the words are not.
 * @param {HTMLElement} offer
 * @param {Range} range
 */
function place(offer, range) {
  const rects = range.getClientRects();
  const box = rects[rects.length - 1] ?? range.getBoundingClientRect();
  offer.hidden = false;
  offer.classList.toggle("above", box.bottom > innerHeight * 0.6);
  if (matchMedia("(pointer: coarse)").matches) return;
  const frame = offer.offsetParent?.getBoundingClientRect() ?? new DOMRect();
  const furthest = document.documentElement.clientWidth - offer.offsetWidth - 8;
  offer.style.top = `${box.bottom - frame.top + 8}px`;
  offer.style.left = `${Math.max(8, Math.min(box.left, furthest)) - frame.left}px`;
}

/**
 * Let a button appear beside words that a reader selects.
 * @param {HTMLElement} offer
 * @param {(range: Range) => Element | null} behind what the offer shall stand behind, so that the next press of Tab
 *   comes to it; null where nothing is offered for the words
 */
export function offerBeside(offer, behind) {
  /** @type {Range | null} */
  let chosen = null;
  document.addEventListener("selectionchange", () => {
    const selection = getSelection();
    if (offer.contains(document.activeElement) || offer.contains(selection?.anchorNode ?? null)) return;
    chosen = selection?.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0).cloneRange() : null;
    const element = chosen && behind(chosen);
    offer.hidden = true;
    if (!chosen || !element) return;
    if (offer.previousElementSibling !== element) element.after(offer);
    place(offer, chosen);
  });
  document.addEventListener("scroll", () => chosen && !offer.hidden && place(offer, chosen));
}
