// @ts-check
// What helps with reading: the replies behind a link come to where it stands; the order that a reader chose is there
// again at the next article; what came since the last visit is marked, for who has asked for that.

import { ask, figure, filled, followed, framed, itemOf, keep, kept, listOf, namedBy, say, words } from "./page.js";

const COMMENTS = "article.comment";
// Below so many lists, a page of its own reads better.
const DEEP = `${"ol ".repeat(12)}a`;
const ORDERS = "[data-orders] a";
const EARLY = { rootMargin: "100%" }; // of the window's height
const VISITS = "visits";
const VISIT = 30 * 60 * 1000; // milliseconds; who comes back sooner is still reading
// One's own cannot be reported, and neither can what waits or is gone.
const OTHERS = `${COMMENTS}:has(> .acts [href$="/report/"])`;

const section = document.getElementById("discussion");

/** @param {Element} article */
const isHere = (article) => document.getElementById(article.id);

/**
 * Leave out what stands here already.
 * @param {Element} branch
 */
function prune(branch) {
  for (const article of branch.querySelectorAll(COMMENTS)) if (isHere(article)) article.closest("li")?.remove();
  return branch;
}

/**
 * Put what answers a comment there below it here; no comment comes twice.
 * @param {Element} ours the comment's item here
 * @param {Element} theirs the same there
 * @param {string} id
 */
function merge(ours, theirs, id) {
  const [here, there] = [listOf(ours), listOf(theirs)];
  if (!there) return;
  if (!here) {
    ours.append(prune(framed(there)));
    return;
  }
  const way = here.querySelector(`:scope > li > .morelink[href*="/${id}/"]`)?.parentElement ?? null;
  for (const item of [...there.children]) {
    const answer = item.querySelector(`:scope > ${COMMENTS}`)?.id.slice(8) ?? "";
    const known = itemOf(document, answer);
    if (known) merge(known, item, answer);
    else here.insertBefore(prune(item), way);
  }
  way?.remove();
}

/**
 * @param {HTMLAnchorElement} link
 * @param {Element} ours the item of the comment that it belongs to
 */
async function expand(link, ours) {
  const id = namedBy(link.href);
  link.setAttribute("aria-busy", "true");
  try {
    const theirs = /** @type {Element} */ (itemOf((await ask(link.href)).page, id));
    const fresh = [...theirs.querySelectorAll(COMMENTS)].filter((article) => !isHere(article));
    merge(ours, theirs, id);
    link.closest("li")?.remove();
    const come = fresh.filter(isHere);
    /** @type {HTMLElement} */ (come[0] ?? ours.firstElementChild).focus();
    say(filled(words.more, { count: figure(come.length) }));
  } catch {
    location.assign(link.href);
  }
}

/** @param {HTMLAnchorElement} link */
const orderOf = (link) => new URL(link.href).searchParams.get("order");

/** Put the comments into the order that was chosen, unless somebody is among them already. */
async function arrange() {
  const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll(ORDERS)]);
  const [order] = kept("order");
  const chosen = links.find((link) => order && orderOf(link) === order);
  const page = chosen && (await ask(chosen.href).catch(() => null))?.page;
  const form = document.getElementById("write");
  const isAway = section && section.getBoundingClientRect().top > 0 && !section.matches(":has(:focus, :target)");
  if (!page || !form || !isAway) return;
  history.replaceState(null, "", chosen.search); // or the newsroom's own order would be where we are
  page.getElementById("write")?.replaceWith(form);
  for (const part of [".sort", ".main"]) {
    section.querySelector(part)?.replaceWith(.../** @type {any} */ (page).querySelectorAll(`#discussion ${part}`));
  }
}

/** @typedef {[thread: string, before: number, last: number]} Visit when the visit before this one ended, and this one */

/**
 * Go to something among the comments, wherever it is folded away.
 * @param {any} place
 */
export function go(place) {
  for (let at = place.closest("details"); at; at = at.parentElement?.closest("details")) at.open = true;
  place.focus();
}

/** @param {HTMLElement} box */
function mark(box) {
  const thread = box.dataset.visits;
  const [switched, said, way, template] = /** @type {any} */ (box.querySelectorAll("input, p, div > button, template"));
  const marks = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".fresh")]);
  let since = 0;

  function visit() {
    const [, before = 0, last = 0] = kept(VISITS).find((visit) => visit?.[0] === thread) ?? [];
    since = Date.now() - last > VISIT ? last : before;
    keep(VISITS, [...kept(VISITS).filter((visit) => visit?.[0] !== thread), [thread, since, Date.now()]]);
  }

  function draw() {
    for (const article of since ? document.querySelectorAll(OTHERS) : []) {
      const by = article.querySelector(".by");
      if (!by || by.querySelector(".fresh") || Date.parse(by.querySelector("time")?.dateTime ?? "") <= since) continue;
      by.append(template.content.cloneNode(true));
      by.lastElementChild?.setAttribute("aria-describedby", by.firstElementChild?.id ?? "");
    }
    const count = marks().length;
    const sentence = since ? filled(said.dataset.counted, { count: figure(count) }) : said.dataset.begun;
    if (switched.checked && said.textContent !== sentence) said.textContent = sentence;
    said.hidden = !switched.checked;
    way.hidden = !count;
  }

  switched.checked = kept(VISITS).length;
  switched.addEventListener("change", () => {
    keep(VISITS, []);
    since = 0;
    for (const badge of marks()) badge.remove();
    if (switched.checked) visit();
    draw();
  });
  document.addEventListener("click", ({ target }) => {
    const at = marks().indexOf(/** @type {HTMLElement} */ (target));
    if (target === way || at >= 0) go(marks()[at + 1] ?? marks()[0]);
  });
  new MutationObserver(draw).observe(/** @type {Element} */ (section), { childList: true, subtree: true });
  box.hidden = false;
  if (switched.checked) visit();
  draw();
}

document.addEventListener("click", (event) => {
  const link = followed(event);
  if (!link) return;
  if (link.matches(ORDERS)) keep("order", [orderOf(link)].filter(Boolean)); // the newsroom's own has no name
  const ours = link.matches(".morelink") && !link.matches(DEEP) && itemOf(document, namedBy(link.href));
  // On the last level earlier answers stand beside their question: more of them would come before those.
  if (!ours || (link.search && ours.parentElement === link.closest("ol"))) return;
  event.preventDefault();
  if (!link.hasAttribute("aria-busy")) expand(link, ours);
});

if (section && kept("order").length && !new URLSearchParams(location.search).has("order")) {
  const watch = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    watch.disconnect();
    arrange();
  }, EARLY);
  watch.observe(section);
}
const box = document.querySelector("[data-visits]");
if (box instanceof HTMLElement) mark(box);
