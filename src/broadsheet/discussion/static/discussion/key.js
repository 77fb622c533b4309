// @ts-check
// What tells one submission, or one reader who has no name yet, from all others.

/**
 * A key that no other form has. `randomUUID` exists only where the page came encrypted or from this machine.
 * @returns {string}
 */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
