/** Marks that take no column of their own. */
const none = /[\p{Mn}\p{Me}]/u;
/** Letters and signs that take two. Source: Unicode Standard Annex 11, classes W and F, in whole blocks. */
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F680}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;

/** How many columns of a terminal a character takes. */
export const columnsOf = (character: string): number => (none.test(character) ? 0 : wide.test(character) ? 2 : 1);
