import { exitCodes } from '../../contract/report/criteria.ts';

const { passed, failed, usage, inconclusive, internal, interrupted } = exitCodes;

export const usageCode = [usage, 'bad usage or configuration; no load was sent (a few checks may have been)'] as const;
export const interruptedCode = [interrupted, 'interrupted'] as const;

/** The codes that a verdict gives. */
export const verdictCodes = [
  [passed, 'passed; warnings are allowed unless --strict is given'],
  [failed, 'a criterion failed, or the target was lost during the run'],
  usageCode,
  [inconclusive, 'inconclusive: evidence is missing'],
  [internal, 'a bug of webhook-stress; the stack is printed'],
] as const;

/** Those of `run`. */
export const runCodes = [
  ...verdictCodes,
  [interrupted, 'interrupted; a partial report is written once the run has a folder'],
] as const;
