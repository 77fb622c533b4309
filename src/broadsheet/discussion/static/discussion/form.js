// @ts-check
// Improves comment forms that work without it: a key against double posting, replies and previews in place.
export {};
