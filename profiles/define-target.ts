import type { TargetInput } from '../contract/profile/profile.ts';

// What `import … from 'webhook-stress'` gives a stress.config.ts.

export type { TargetInput };

/** Gives a profile its type. */
export function defineTarget(target: TargetInput): TargetInput {
  return target;
}
