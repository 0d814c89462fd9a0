import { exitCodes } from '../../contract/report/criteria.ts';

const { passed, failed, usage, inconclusive, internal, interrupted } = exitCodes;

export const usageCode = [usage, 'bad usage or configuration; nothing was sent'] as const;
export const interruptedCode = [interrupted, 'interrupted'] as const;

/** The codes that a verdict gives. */
export const verdictCodes = [
  [passed, 'passed; warnings are allowed unless --strict is given'],
  [failed, 'a criterion failed, or the target was lost'],
  usageCode,
  [inconclusive, 'inconclusive: evidence is missing'],
  [internal, 'a bug of webhook-stress'],
] as const;
