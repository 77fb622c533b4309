// @ts-check
// Remembers the colours a reader chose, and only when they chose. It is loaded before the page is drawn, so that
// somebody who reads in the dark meets no white flash; the switch itself is pure CSS and works without it.
(() => {
  const KEY = "theme";
  const root = document.documentElement;

  /** @param {string | null} choice */
  const wear = (choice) => {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
  };

  try {
    wear(localStorage.getItem(KEY)); // the choice of an earlier visit
  } catch {
    // storage is switched off: the choice lasts for this page
  }
  document.addEventListener("DOMContentLoaded", () => {
    const chosen = document.getElementById(`theme-${root.dataset.theme}`);
    if (chosen instanceof HTMLInputElement) chosen.checked = true;
    document.querySelector(".theme")?.addEventListener("change", ({ target }) => {
      if (!(target instanceof HTMLInputElement)) return;
      const choice = target.value;
      wear(choice);
      try {
        if (choice === "auto") localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, choice);
      } catch {
        // as above
      }
    });
  });
})();
