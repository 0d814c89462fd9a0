/**
 * What can be wrong with the proof of who sent a signal. `wrong` and `other-secret` have the form of a right one, `malformed`
 * has not; `replayed` is right, and was seen before.
 */
export const flaws = ['wrong', 'missing', 'other-secret', 'malformed', 'other-body', 'stale', 'replayed'] as const;
export type Flaw = (typeof flaws)[number];

/**
 * What the probe sends: false signals, and right ones. The body of a `respaced` one has spaces in it, and its signature is that of its
 * bytes: whoever signs anew what was parsed refuses it.
 */
export const probeKinds = [...flaws, 'respaced', 'none'] as const;
export type ProbeKind = (typeof probeKinds)[number];

export const isFlaw = (kind: ProbeKind): kind is Flaw => kind !== 'respaced' && kind !== 'none';

/** Whether a signal is a false one when it is sent first. */
export const isFalseAtFirst = (kind: ProbeKind): kind is Exclude<Flaw, 'replayed'> =>
  isFlaw(kind) && kind !== 'replayed';
