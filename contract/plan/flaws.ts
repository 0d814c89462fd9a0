/**
 * What can be wrong with the proof of who sent a signal. `wrong` and `other-secret` have the form of a right one, `malformed`
 * has not; `replayed` is right, and was seen before.
 */
export const flaws = ['wrong', 'missing', 'other-secret', 'malformed', 'other-body', 'stale', 'replayed'] as const;
export type Flaw = (typeof flaws)[number];

/** Whether a signal is a false one when it is sent first. */
export const isFalseAtFirst = (flaw: Flaw | 'none'): flaw is Exclude<Flaw, 'replayed'> =>
  flaw !== 'none' && flaw !== 'replayed';
