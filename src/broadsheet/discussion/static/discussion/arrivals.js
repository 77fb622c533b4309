// @ts-check
// What others do while somebody reads: counts and scores follow, what is taken away goes. Comments that came are announced
// and come when the reader asks for them, or by themselves where that was chosen. All HTML comes from the server.

import { begin, later } from "../delivery/live.js";
import { ask, figure, filled, followed, framed, itemOf, keep, kept, listOf, recount, say, showScore, words } from "./page.js";
import { go } from "./reading.js";

const LIST = "#discussion .main > .thread";
const BRINGS = /posted|decided/;
const UNSURE = /^(lost|many)|begun/; // what came is found out by looking
const SOON = 300; // milliseconds
const CHOSEN = "arrivals";

const section = /** @type {HTMLElement} */ (document.getElementById("discussion"));
const box = /** @type {HTMLElement} */ (section.querySelector("[data-arrive]"));
const [switched, template] = /** @type {any} */ (box.querySelectorAll("input, template"));
const rules = new Intl.PluralRules(words.locale);

/** @type {Set<string>} Comments that came and do not stand here. */
const arrived = new Set();
// From when on every process gives pages with what came, and caches in front where there may be some; as in live.js.
let ready = 0;

/** @param {Element | null} item */
const idOf = (item) => item?.querySelector(":scope > article")?.id.slice(8) ?? "";

/**
 * Say a number of comments, in the form that the language has for it.
 * @param {number} number
 * @param {boolean} isNew how many came, or how many there are
 */
function count(number, isNew) {
  const forms = [...template.content.children];
  const found = forms.find(({ dataset: { n } }) => (number ? rules.select(n) === rules.select(number) : n === "0"));
  const form = (found ?? forms[0]).cloneNode(true);
  const texts = document.createTreeWalker(form, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode()); ) text.data = text.data.replace(figure(form.dataset.n), figure(number));
  const [came, ...there] = form.children;
  recount(isNew ? [came] : there);
}

/** The discussion in the order at hand, as the server has it now. */
async function current() {
  const order = /** @type {HTMLAnchorElement} */ (section.querySelector("[data-orders] [aria-current]"));
  return (await ask(location.search.includes("order=") ? location.href : order.href)).page;
}

/** Say how many came. While one's own words are on their way, they may be among them. */
function announce() {
  if (section.querySelector("[aria-busy]")) {
    setTimeout(announce, SOON);
    return;
  }
  for (const id of arrived) if (itemOf(document, id)) arrived.delete(id);
  count(arrived.size, true);
}

/**
 * Put a comment where the server has it, behind the one that it stands behind there.
 * @param {Element} item
 */
function put(item) {
  const list = /** @type {Element} */ (item.parentElement);
  const above = list.closest("li");
  const ours = above && itemOf(document, idOf(above));
  const here = above ? ours && listOf(ours) : document.querySelector(LIST);
  let before = item.previousElementSibling;
  while (before && !itemOf(document, idOf(before))) before = before.previousElementSibling;
  if (here && above) here.previousElementSibling?.replaceWith(list.previousElementSibling ?? ""); // how many there are
  if (here && before) itemOf(document, idOf(before))?.after(item);
  else if (here) here.prepend(item);
  else if (ours) ours.append(framed(list));
  else if (!above) section.querySelector("[data-empty]")?.replaceWith(list);
}

/**
 * Let what came come, and go to the first of it if somebody asked for that; what has no place here is elsewhere.
 * @param {HTMLAnchorElement} [way] that they pressed
 */
async function bring(way) {
  const page = await current().catch(() => document); // where nothing is that came
  if (!arrived.size) return; // all of it has come already
  const come = [...page.querySelectorAll("li")].filter((item) => arrived.has(idOf(item)));
  for (const item of come) if (!itemOf(document, idOf(item))) put(item);
  const first = come.find((item) => item.ownerDocument === document);
  announce();
  if (!way) say(filled(words.more, { count: figure(come.length) }));
  else if (first) go(first.querySelector("article"));
  else location.assign(way.href);
}

/** @param {number} [spread] */
function react(spread) {
  announce();
  if (arrived.size && switched.checked) later("bring", bring, spread);
}

/** Find out what came. */
async function look() {
  const page = await current();
  section.dataset.live = page.getElementById("discussion")?.dataset.live;
  begin(); // the first comment of all gives the discussion its name
  for (const article of page.querySelectorAll(`${LIST} article:not(.gone)`)) arrived.add(article.id.slice(8));
  react();
}

/**
 * Show a comment as it stands now. One that was taken away goes, unless answers hang on it or somebody writes one.
 * @param {string} id
 * @param {boolean} isGone
 */
async function renew(id, isGone) {
  const article = /** @type {any} */ (document.getElementById(`comment-${id}`)); // is it gone already, this is the end
  const item = article.closest("li");
  if (isGone && item && !item.querySelector("li, form:not(.vote)")) {
    item.remove();
    return;
  }
  const { page } = await ask(article.querySelector("a.when").href);
  const theirs = page.getElementById(article.id);
  if (theirs) article.replaceWith(theirs);
}

document.addEventListener("live", (event) => {
  const { topic, change, comments, about, version, spread } = /** @type {CustomEvent} */ (event).detail;
  if (!/^thread/.test(topic)) return;
  count(comments, false);
  ready = Date.now() + (spread ?? 1) * 500; // milliseconds
  for (const [id, figures] of Object.entries(about ?? {})) {
    const article = document.getElementById(`comment-${id}`);
    if (figures) showScore(article, figures.score, version);
    else arrived.delete(id);
    if (figures && BRINGS.test(change)) arrived.add(id);
    if (!figures || article?.matches(".held")) later(id, () => renew(id, !figures), spread);
  }
  if (UNSURE.test(change)) later("look", look, spread);
  else react(spread);
});

section.addEventListener("click", (event) => {
  const way = followed(event);
  if (!way?.matches("[data-count=new]")) return;
  event.preventDefault();
  setTimeout(bring, ready - Date.now(), way);
});

section.addEventListener("reset", announce); // one's own words have arrived
switched.checked = kept(CHOSEN).length;
switched.addEventListener("change", () => {
  keep(CHOSEN, switched.checked ? [1] : []);
  react();
});
box.hidden = false;
