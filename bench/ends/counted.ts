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

/** A sample tells of an end within this. */
const lateMs = 3000;

/** From outside of the time that it took. */
const apartMs = ({ fromMs, toMs }: Act, { atUs }: ProcessEnd): number =>
  Math.max(0, fromMs - atUs / 1000, atUs / 1000 - toMs);

/** Each end belongs to what was done as it happened. Undefined: nothing was. */
function actOf(acts: readonly Act[], end: ProcessEnd): Act | undefined {
  const [nearest] = acts.toSorted((a, b) => apartMs(a, end) - apartMs(b, end));
  return nearest !== undefined && apartMs(nearest, end) <= lateMs ? nearest : undefined;
}

/** As many as were caused are theirs in this order: a full machine samples some as late as the next is caused. */
function actsOf(acts: readonly Act[], ends: readonly ProcessEnd[]): ReadonlyMap<ProcessEnd, Act | undefined> {
  const sorted = ends.toSorted((a, b) => a.atUs - b.atUs);
  return new Map(sorted.map((end, n) => [end, ends.length === acts.length ? acts[n] : actOf(acts, end)]));
}

/** One crash more than was caused, or at another time, is a false alarm. */
export function countedCrashes(outcome: Outcome, acts: readonly Act[]): readonly Counted[] {
  const { crashes, unclear } = seenEnds(outcome.run);
  const actOfCrash = actsOf(acts, crashes);
  const strays = crashes.filter((end) => actOfCrash.get(end) === undefined);
  return crashTruths.map((truth, n) => {
    const own = acts.filter((act) => act.truth === truth);
    const told = crashes.filter((end) => actOfCrash.get(end)?.truth === truth);
    const found = own.flatMap((act) => told.filter((end) => actOfCrash.get(end) === act).slice(0, 1));
    const wrong = found.filter(({ cause }) => !namesCause(truth, cause));
    const stray = n > 0 ? [] : strays;
    return {
      ...{ truth, n: own.length, seen: found.length, caused: found.length - wrong.length },
      accused: told.length - found.length + stray.length,
      open: unclear.filter((end) => actOf(acts, end)?.truth === truth).length,
      told: [...new Set([...wrong, ...stray].map(({ cause }) => cause ?? 'no cause'))].slice(0, maxTold),
    };
  });
}
