// @ts-check
// Chooses every line of the page at once. Without this file one ticks them.

const all = document.querySelector("[data-choose-all]");
if (all instanceof HTMLInputElement && all.form) {
  const form = all.form;
  /** @returns {NodeListOf<HTMLInputElement>} */
  const ticks = () => form.querySelectorAll("input[name=chosen]");
  all.closest("label")?.removeAttribute("hidden");
  const tellWhetherAllAreChosen = () => {
    const chosen = [...ticks()].filter((tick) => tick.checked).length;
    all.checked = chosen === ticks().length;
    all.indeterminate = chosen > 0 && !all.checked;
  };
  all.addEventListener("change", () => {
    for (const tick of ticks()) tick.checked = all.checked;
  });
  form.addEventListener("change", tellWhetherAllAreChosen);
  tellWhetherAllAreChosen();
}
