// @ts-check
// Tells a page what changes elsewhere while somebody looks at it: as it happens, or where that is blocked by asking now
// and then. What the page shows stands in `data-live`, topics with their versions: `thread:12=41`. Who wants to know
// listens to the document's `live` events; a part with `data-anew` is drawn anew when its topic changes.

// Milliseconds. Readers who came together do not stay together: what is asked again and again takes up to twice as long.
const CHECK_AFTER = 60_000;
const ASK_EVERY = 15_000;
const LONGEST = 300_000;
const ASKS = 20; // before a stream is tried again

/** @type {EventSource | undefined} */
let source;
let place = "";
let timer = 0;
let wait = ASK_EVERY;
let asked = 0;
/** @type {Map<string, false | (() => Promise<void>)>} What is to be done, and with what it is to be done once more. */
const due = new Map();

/**
 * Do something that all who were told the same do as well, so that not all do it at once. Half a second passes in any
 * case: by then every process has heard of it too, and none gives a page as it was before. Who is told of more under the
 * same name until it is done has it done once more afterwards, for the same reason.
 * @param {string} name
 * @param {() => Promise<void>} action
 * @param {number} [spread] seconds
 */
export function later(name, action, spread = 1) {
  const isDue = due.has(name);
  due.set(name, isDue && action);
  if (isDue) return;
  setTimeout(async () => {
    await action().catch(() => {});
    const next = due.get(name);
    due.delete(name);
    if (next) later(name, next, spread);
  }, spread * 1000 * (0.5 + Math.random()));
}

/** @param {string} parts */
async function drawAnew(parts) {
  const text = await (await fetch(location.href)).text();
  const theirs = new DOMParser().parseFromString(text, "text/html").querySelectorAll(parts);
  for (const [number, part] of document.querySelectorAll(parts).entries()) {
    if (theirs[number] && !part.contains(document.activeElement)) part.replaceWith(theirs[number]);
  }
}

/** @param {any} said */
function tell(said) {
  document.dispatchEvent(new CustomEvent("live", { detail: said }));
  const parts = `[data-anew][data-live^="${said.topic}="]`;
  if (document.querySelector(parts)) later(parts, () => drawAnew(parts), said.spread);
}

/** @param {MessageEvent} event */
function hear({ data, lastEventId }) {
  clearTimeout(timer);
  place = lastEventId;
  tell(JSON.parse(data));
}

/** @param {string} name of what says where this page stands */
function address(name) {
  const query = new URLSearchParams({ [name]: place });
  for (const part of place.split(",")) query.append("topic", part.split("=")[0]);
  return `/live/?${query}`;
}

function stop() {
  clearTimeout(timer);
  source?.close();
}

function listen() {
  stop();
  source = new EventSource(address("after"));
  // What is cut off the browser begins anew. This, closed for good, is a no, of the server's where too many listen.
  source.onerror = () => source?.readyState === 2 && ask();
  for (const kind of place.match(/\w+(?=:)/g) ?? []) source.addEventListener(kind, hear);
  // Between us may be somebody who holds back what is said. Silence is asked once whether it is one.
  timer = setTimeout(ask, CHECK_AFTER);
}

async function ask() {
  const isOpen = source?.readyState === 1;
  try {
    const answer = await fetch(address("since"));
    const { id, events } = answer.status === 404 ? { id: "", events: [] } : await answer.json();
    if (document.hidden || (isOpen && !events.length)) return;
    stop();
    if (!id) return; // there is nothing here any more
    place = id;
    wait = ASK_EVERY;
    events.forEach(tell);
  } catch {
    if (isOpen) return;
    wait = Math.min(wait * 2, LONGEST);
  }
  asked += 1;
  timer = setTimeout(asked % ASKS ? ask : listen, wait * (1 + Math.random()));
}

function follow() {
  if (document.hidden) stop(); // browsers open few lines to one place
  else if (place) listen();
}

/** Follow what stands on the page now. */
export function begin() {
  const parts = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-live]"));
  place = [...parts].map((part) => part.dataset.live).join();
  follow();
}

document.addEventListener("visibilitychange", follow);
begin();
