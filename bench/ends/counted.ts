import type { ProcessEnd } from '../../analysis/processes/process-end.ts';
import { seenEnds } from '../../analysis/processes/seen-ends.ts';
import type { Outcome } from '../../test/third-party/watched-ends.ts';
import type { Act } from './acts.ts';
import type { Counted } from './results.ts';
import { type CrashTruth, crashTruths, namesCause, type Truth } from './truth.ts';

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

/** A sample tells of an end a moment later. */
const lateMs = 300;

/** Each crash belongs to what was done as it happened; one more, or one at another time, is a false alarm. */
export function countedCrashes(outcome: Outcome, acts: readonly Act[]): readonly Counted[] {
  const { crashes, unclear } = seenEnds(outcome.run);
  const ofAct = (act: Act, ends: readonly ProcessEnd[]): readonly ProcessEnd[] =>
    ends.filter(({ atUs }) => atUs / 1000 >= act.fromMs && atUs / 1000 <= act.toMs + lateMs);
  const counted = (truth: CrashTruth): Counted => {
    const own = acts.filter((act) => act.truth === truth);
    const found = own.flatMap((act) => ofAct(act, crashes).slice(0, 1));
    const wrong = found.filter(({ cause }) => !namesCause(truth, cause));
    return {
      ...{ truth, n: own.length, seen: found.length, caused: found.length - wrong.length },
      accused: own.reduce((sum, act) => sum + Math.max(0, ofAct(act, crashes).length - 1), 0),
      open: own.reduce((sum, act) => sum + ofAct(act, unclear).length, 0),
      told: [...new Set(wrong.map(({ cause }) => cause ?? 'no cause'))].slice(0, maxTold),
    };
  };
  const strays = crashes.filter((end) => !acts.some((act) => ofAct(act, [end]).length > 0));
  const stray = strays.map(({ cause }) => `at another time: ${cause ?? 'no cause'}`).slice(0, maxTold);
  return crashTruths.map((truth, n) => {
    const each = counted(truth);
    return n > 0 ? each : { ...each, accused: each.accused + strays.length, told: [...each.told, ...stray] };
  });
}
