// @ts-check
// Remembers the colours a reader chose, and only when they chose. It is loaded before the page is drawn, so that
// somebody who reads in the dark meets no white flash; the switch itself is pure CSS and works without it.
(() => {
  const KEY = "theme";
  const root = document.documentElement;

  /** @returns {string | null} the choice of an earlier visit */
  const remembered = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: the choice lasts for this page
    }
  };

  /** @param {string} choice */
  const remember = (choice) => {
    try {
      if (choice === "auto") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // as above
    }
  };

  /** @param {string | null} choice */
  const wear = (choice) => {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
  };

  wear(remembered());
  document.addEventListener("DOMContentLoaded", () => {
    const chosen = document.getElementById(`theme-${root.dataset.theme}`);
    if (chosen instanceof HTMLInputElement) chosen.checked = true;
    document.querySelector(".theme")?.addEventListener("change", (event) => {
      if (!(event.target instanceof HTMLInputElement)) return;
      wear(event.target.value);
      remember(event.target.value);
    });
  });
})();
