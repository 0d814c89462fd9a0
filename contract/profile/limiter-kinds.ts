/** The kinds of limit that a profile can declare, beside `none`: one file each in analysis/interpret/kinds/. */
export const declaredKinds = [
  'sliding',
  'fixed',
  'fixed-from-first-hit',
  'weighted',
  'token-bucket',
  'leaky-bucket',
  'stepped-bucket',
  'delaying',
  'concurrent',
] as const;

/** `unknown`: it limits, but how is not declared. */
export const limiterKinds = [...declaredKinds, 'unknown'] as const;

/** Kinds that have a size of their own, `burst`. */
export const kindsWithBurst: readonly string[] = ['token-bucket', 'leaky-bucket', 'stepped-bucket', 'delaying'];
