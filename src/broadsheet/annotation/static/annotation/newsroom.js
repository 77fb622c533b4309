// @ts-check
// Puts the words that an editor selects in the text into the form where they typed last. Without this they are copied.

import { selectedWords } from "./words.js";

const story = document.querySelector("[data-story]");
const forms = [...document.querySelectorAll("form[data-words]")].filter((form) => form instanceof HTMLFormElement);
let current = forms[forms.length - 1];

/**
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} values
 */
function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = value;
  }
}

for (const form of forms) {
  form.addEventListener("focusin", () => {
    current = form;
  });
  // Words typed by hand stand where they are found.
  form.addEventListener("input", ({ target }) => {
    if (target === form.elements.namedItem("exact")) {
      fill(form, { block: "", end_block: "", prefix: "", suffix: "", start: "" });
    }
  });
}

story?.addEventListener("mouseup", () => {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed || !(story instanceof HTMLElement) || !current) return;
  const words = selectedWords(selection.getRangeAt(0), story, Number(story.dataset.limit) + 1);
  if (!words) return;
  const { block, endBlock, exact, prefix, suffix, start } = words;
  fill(current, { block, end_block: endBlock, exact, prefix, suffix, start: String(start) });
});
