import type { Exceptions } from '../../contract/journal/exceptions.ts';
import type { ScenarioWindow } from '../../contract/journal/journal.ts';
import { k6ThresholdsMissed } from '../../contract/journal/k6-exit-code.ts';
import { exitInWords } from '../processes/child.ts';
import type { LoadEnd } from './load.ts';

const codeOf = ({ end }: LoadEnd): number | null => end.exit?.code ?? null;
const isFine = (one: LoadEnd): boolean => codeOf(one) === 0 || codeOf(one) === k6ThresholdsMissed;

/** What run.json keeps of how a scenario's generators ended. Where there are several its own exit is the worst of theirs. */
export function endOfLoad(
  ends: readonly LoadEnd[],
): Pick<ScenarioWindow, 'k6ExitCode' | 'k6Signal' | 'exceptions' | 'generators'> {
  const worst = ends.find((one) => !isFine(one)) ?? ends.find((one) => codeOf(one) !== 0) ?? ends[0];
  const exceptions = addedUp(ends.flatMap(({ end }) => end.exceptions));
  return {
    ...exitOf(worst),
    ...(exceptions.length === 0 ? {} : { exceptions }),
    ...(ends.length === 1
      ? {}
      : { generators: ends.map((one) => ({ id: one.id, ...exitOf(one), problem: one.problem })) }),
  };
}

const exitOf = (one: LoadEnd | undefined) => ({
  k6ExitCode: one?.end.exit?.code ?? null,
  k6Signal: one?.end.exit?.signal ?? null,
});

/** The same exception in several generators is one, most frequent first. */
function addedUp(all: readonly Exceptions[]): readonly Exceptions[] {
  const counts = new Map<string, Exceptions>();
  for (const one of all) {
    const key = JSON.stringify([one.phase, one.message, one.place]);
    counts.set(key, { ...one, count: one.count + (counts.get(key)?.count ?? 0) });
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count);
}

/** For people: what the ends of generators say is wrong. What went wrong with one of several has been told when it happened. */
export function complaintsOf(ends: readonly LoadEnd[]): readonly string[] {
  return ends.flatMap((one) => {
    if (isFine(one)) return [];
    const errors = one.end.errors.map((error) => `    ${error}`);
    if (ends.length > 1) return one.problem === null ? [] : errors;
    const how = one.end.exit === null ? 'is lost' : `ended with ${exitInWords(one.end.exit)}`;
    return [`k6 ${how}`, ...errors];
  });
}
