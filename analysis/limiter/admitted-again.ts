import type { Count } from '../interpret/expectations.ts';

/** Whether anything was ever admitted after a refusal under the same count: without that no end of a penalty time was seen. */
export const isAdmittedAgainIn = (counts: readonly Count[]): boolean =>
  counts.some(({ ledger, indices }) => {
    let refusedUs = Number.POSITIVE_INFINITY;
    return indices.some((at) => {
      if (ledger.outcomeOf(at) === 'limited') refusedUs = Math.min(refusedUs, ledger.endUs(at));
      return ledger.outcomeOf(at) === 'accepted' && ledger.sendUs(at) > refusedUs;
    });
  });
