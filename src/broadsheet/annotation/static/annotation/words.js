// @ts-check
// Which words of the story a reader selected, told as the server counts them: in which block, and what stands around.

// Furniture among the words, which the server's text has none of: who speaks, counts, slips, hosts of links.
const FURNITURE = ".who, .passage sup, .notes, .prompt, .choose, .meta, .credit, .sr";
// Elements that stand on lines of their own in the server's text.
const LINES = "p, li, h2, h3, figcaption, .card > *";
const CONTEXT = 32; // characters told of what stands before and behind

/**
 * @typedef {object} Words
 * @property {string} block the block they begin in
 * @property {string} endBlock the block they end in
 * @property {string} exact
 * @property {string} prefix
 * @property {string} suffix
 * @property {number} start where they begin in the words of the block, in code points
 * @property {Element} element the paragraph they end in
 */

/**
 * @param {Node} node
 * @param {string} selector
 */
const around = (node, selector) => (node instanceof Element ? node : node.parentElement)?.closest(selector) ?? null;

/** @param {Node} node */
const blockOf = (node) => around(node, "[data-block]")?.getAttribute("data-block") ?? "";

/**
 * The texts and line breaks of a story, in order, without furniture.
 * @param {Element} story
 * @returns {Node[]}
 */
function wordsOf(story) {
  const walker = document.createTreeWalker(story, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const counts = node instanceof Text || node.nodeName === "BR";
    if (counts && blockOf(node) && around(node, LINES) && !around(node, FURNITURE)) found.push(node);
  }
  return found;
}

/**
 * Which part of a text is selected.
 * @param {Node} node
 * @param {Range} range
 * @returns {[number, number]}
 */
function covered(node, range) {
  if (!(node instanceof Text) || !range.intersectsNode(node)) return [0, 0];
  const from = node === range.startContainer ? range.startOffset : 0;
  return [from, node === range.endContainer ? range.endOffset : node.length];
}

/**
 * What is selected in the story; null where that is no words of it.
 * @param {Range} range
 * @param {Element} story
 * @param {number} limit no more characters are told; so many are too many already, as the server will say
 * @returns {Words | null}
 */
export function selectedWords(range, story, limit) {
  const words = wordsOf(story);
  const selected = words.filter((node) => (node.textContent ?? "").slice(...covered(node, range)).trim());
  const [first, last] = [selected[0], selected[selected.length - 1]];
  const element = last && around(last, "[data-block]");
  if (!first || !last || !element) return null;
  const block = blockOf(first);
  let text = "";
  let [start, end] = [0, 0];
  /** @type {Element | null} */
  let line = null;
  for (const node of words.filter((word) => blockOf(word) === block)) {
    const next = around(node, LINES);
    if (line && next !== line) text += around(node, "[data-block]")?.contains(line) ? "\n" : "\n\n";
    line = next;
    const [from, to] = covered(node, range);
    if (node === first) start = text.length + from;
    if (selected.includes(node)) end = text.length + to;
    text += node instanceof Text ? node.data : "\n";
  }
  const exact = text.slice(start, end).trim();
  start = text.indexOf(exact, start);
  end = start + exact.length;
  return {
    block,
    endBlock: blockOf(last),
    exact: [...exact].slice(0, limit).join(""),
    prefix: [...text.slice(0, start)].slice(-CONTEXT).join(""),
    suffix: [...text.slice(end, end + 2 * CONTEXT)].slice(0, CONTEXT).join(""),
    start: [...text.slice(0, start)].length,
    element,
  };
}
