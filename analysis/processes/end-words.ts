import { type Run, serverOf } from '../interpret/run.ts';
import { atSecond, counted } from '../words.ts';
import type { ProcessEnd } from './ends.ts';
import { RequestsAtEnd } from './requests-at-end.ts';

/** How a process ended, and what was in flight if it was no graceful end. */
export function endInWords(run: Run, end: ProcessEnd): string {
  const { process, atUs, lastSeenUs, kind, cause } = end;
  const { role, pid, label } = process;
  const when = atSecond(atUs, run.manifest.startedAtUs);
  if (kind === 'graceful') return `${role} ${pid} (${label}) ended gracefully ${when}: it ${cause}`;
  const why = cause === null ? 'nothing says why' : `it ${cause}`;
  return `${role} ${pid} (${label}) exited ${when}: ${why}; ${new RequestsAtEnd(run).inFlight(lastSeenUs, atUs)}`;
}

const maxCauses = 3;

/** How many crashes there were, and of which causes. */
export function crashesInWords(crashes: readonly ProcessEnd[], all: number): string {
  const byCause = new Map<string, number>();
  for (const { cause } of crashes) {
    // What came first is why: a master kills what it aborted in vain.
    const [first] = cause?.split(/, (?:then|after) /) ?? [];
    if (first !== undefined) byCause.set(first, (byCause.get(first) ?? 0) + 1);
  }
  const causes = [...byCause].toSorted(([, a], [, b]) => b - a).slice(0, maxCauses);
  const text = `${counted(all, 'crash', 'crashes')} of the server's processes`;
  if (causes.length === 0) return text;
  const words = causes.map(([cause, count]) => (count === all ? `it ${cause}` : `it ${cause} (${count})`));
  return `${text}: ${words.join('; ')}`;
}

/** What was watched and what was not; nothing of journals that do not tell. */
export function watchedInWords(run: Run): readonly string[] {
  const { watched = [], unwatched = [], aside = [] } = serverOf(run)?.identity ?? {};
  return [
    ...watched.map((text) => `watched: ${text}`),
    ...unwatched.map((text) => `not watched: ${text}`),
    ...aside.map((text) => `not watched: ${text}`),
  ];
}
