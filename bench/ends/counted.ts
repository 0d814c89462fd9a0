import { causeInWords } from '../../analysis/processes/cause-in-words.ts';
import type { ProcessEnd } from '../../analysis/processes/process-end.ts';
import { seenEnds } from '../../analysis/processes/seen-ends.ts';
import type { Outcome } from '../../test/third-party/watched-ends.ts';
import type { Act } from './acts.ts';
import type { Counted } from './results.ts';
import { crashTruths, namesCause, type Truth } from './truth.ts';

const measure = ({ judgement }: Outcome, name: string): number =>
  judgement.measures?.find((each) => each.name === name)?.value ?? 0;

const sentenceOf = ({ judgement: { status, summary } }: Outcome): string => `${status}: ${summary}`;

const maxTold = 10;

function healthy(truth: Truth, outcome: Outcome, { n, seen }: { readonly n: number; readonly seen: number }): Counted {
  const { judgement } = outcome;
  const isRight = judgement.status === 'pass';
  const told = isRight ? [] : [sentenceOf(outcome), ...(judgement.evidence ?? []).slice(0, maxTold)];
  return {
    truth,
    n,
    seen,
    caused: 0,
    accused: measure(outcome, 'crashes'),
    open: measure(outcome, 'unclear-ends'),
    told,
  };
}

export const countedRecycles = (outcome: Outcome, n: number): Counted =>
  healthy('graceful recycle', outcome, { n, seen: measure(outcome, 'graceful-ends') });

export function countedJobs(outcome: Outcome, n: number): Counted {
  const helpers = new Set<string>();
  const others = new Set<string>();
  for (const { processes } of outcome.server.samples) {
    for (const { pid, startTicks, role } of processes)
      (role === 'helper' ? helpers : others).add(`${pid}/${startTicks}`);
  }
  // A worker is a helper until it is known.
  return healthy('job child', outcome, { n, seen: [...helpers].filter((each) => !others.has(each)).length });
}

/** A crash of a process that the bench did not end, or a second one of the same, is a false alarm. */
export function countedCrashes(outcome: Outcome, acts: readonly Act[]): readonly Counted[] {
  const { crashes, unclear } = seenEnds(outcome.run);
  const strays = crashes.filter(({ process }) => acts.every(({ pid }) => pid !== process.pid));
  return crashTruths.map((truth, n) => {
    const own = acts.filter((act) => act.truth === truth);
    const ofOwn = ({ process }: ProcessEnd): boolean => own.some(({ pid }) => pid === process.pid);
    const told = crashes.filter(ofOwn);
    const found = own.flatMap(({ pid }) => told.find(({ process }) => process.pid === pid) ?? []);
    const wrong = found.filter(({ cause }) => !namesCause(truth, cause));
    const stray = n > 0 ? [] : strays;
    return {
      ...{ truth, n: own.length, seen: found.length, caused: found.length - wrong.length },
      accused: told.length - found.length + stray.length,
      open: unclear.filter(ofOwn).length,
      told: [
        ...new Set([...wrong, ...stray].map(({ cause }) => (cause === null ? 'no cause' : causeInWords(cause)))),
      ].slice(0, maxTold),
    };
  });
}
