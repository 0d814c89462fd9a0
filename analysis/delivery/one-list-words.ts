import type { Ledger } from '../journal/ledger.ts';

interface OneListWords {
  readonly undecided: readonly string[];
  readonly remarks: readonly string[];
}

/** What is said of read-back pages that are one list. Of ids alone a server that processes each signal on every webhook shows as much. */
export function oneListWords({ oneList }: Pick<Ledger, 'oneList'>): OneListWords {
  if (oneList === null || oneList.pages < 2) return { undecided: [], remarks: [] };
  const but = oneList.hasGrown ? ', and what came while they were read' : '';
  const same = `the read-back pages of ${oneList.pages} webhooks hold the same entries${but}: readback.path does not separate webhooks, and each entry is counted once`;
  return oneList.isTold
    ? { undecided: [], remarks: [same] }
    : {
        undecided: [
          `${same}; without times nothing tells whether a signal was processed on several webhooks: if it is one list of all webhooks, take {token} and {secret} out of readback.path and readback.headers, or name the time in readback.processedAtUs`,
        ],
        remarks: [],
      };
}
