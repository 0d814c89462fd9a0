import { hostOf, processServers, type Run } from '../interpret/run.ts';
import { clockInWords } from '../journal/clock.ts';
import { apartInWords, apartUs } from '../journal/server.ts';
import { atSecond, counted } from '../words.ts';
import { causeInWords, firstCauseInWords } from './cause-in-words.ts';
import type { ProcessEnd } from './process-end.ts';
import { alignedUs, RequestsAtEnd } from './requests-at-end.ts';

/** How a process ended, and what was in flight if it was no graceful end. */
export function endInWords(run: Run, end: ProcessEnd): string {
  const { process, kind, cause, open, server } = end;
  const { role, pid, label } = process;
  const host = hostOf(run, server);
  const who = `${host === null ? '' : `${host}: `}${role} ${pid} (${label})`;
  const when = whenOf(run, end);
  const why = cause === null ? 'nothing says why' : `it ${causeInWords(cause)}`;
  if (open !== null) return `${who} exited ${when}: ${why}; ${open}`;
  if (kind === 'graceful') return `${who} ended gracefully ${when}: ${why}`;
  return `${who} exited ${when}: ${why}; ${inFlight(run, end)}`;
}

const noKnownWords =
  'no known words of an end stand in the log; its last lines as the exit was seen, from whichever process:';
const likeWords = 'the log tells of an end like this one, and names no process by its pid:';
const lastWords = 'the last lines of the log as the exit was seen, from whichever process:';

/** What the log said at an end. What only stands last in it is told as that, and no more. */
export function logLinesOf(end: Pick<ProcessEnd, 'lines' | 'likeLines' | 'lastLines'>): readonly string[] {
  const { lines, likeLines = [], lastLines = [] } = end;
  if (lines.length > 0) return lines.map(quoted);
  const last = lastLines.filter((line) => !likeLines.includes(line));
  return [
    ...(likeLines.length === 0 ? [] : [likeWords, ...likeLines.map(quoted)]),
    ...(last.length === 0 ? [] : [likeLines.length === 0 ? noKnownWords : lastWords, ...last.map(quoted)]),
  ];
}

const quoted = (line: string): string => `log: ${line}`;

function whenOf(run: Run, { atUs, server }: ProcessEnd): string {
  const when = atSecond(atUs, run.manifest.startedAtUs);
  return apartUs(server) > alignedUs ? `${when} (${apartInWords(server)})` : when;
}

/** A clock that is off by more says no more than what was in flight around then. */
function inFlight(run: Run, { lastSeenUs, atUs, server }: ProcessEnd): string {
  return apartUs(server) > alignedUs
    ? 'what was in flight is not known'
    : new RequestsAtEnd(run).inFlight(lastSeenUs, atUs);
}

const maxCauses = 3;

/** How many crashes there were, on which machines and of which causes. */
export function crashesInWords(run: Run, crashes: readonly ProcessEnd[], all: number): string {
  const byCause = new Map<string, number>();
  for (const { cause } of crashes) {
    if (cause === null) continue;
    const first = firstCauseInWords(cause);
    byCause.set(first, (byCause.get(first) ?? 0) + 1);
  }
  const causes = [...byCause].toSorted(([, a], [, b]) => b - a).slice(0, maxCauses);
  const hosts = [...new Set(crashes.flatMap(({ server }) => hostOf(run, server) ?? []))];
  const where = hosts.length === 0 ? '' : ` on ${hosts.join(', ')}`;
  const text = `${counted(all, 'crash', 'crashes')} of the server's processes${where}`;
  if (causes.length === 0) return text;
  const words = causes.map(([cause, count]) => (count === all ? `it ${cause}` : `it ${cause} (${count})`));
  return `${text}: ${words.join('; ')}`;
}

/** What was not watched of the machines where something was, and whether some of it gets load. */
export function leftOutInWords(run: Run): { readonly mayServe: boolean; readonly all: readonly string[] } {
  const servers = processServers(run).filter(({ samples }) => samples.length > 0);
  return {
    mayServe: servers.some(({ identity }) => (identity.unwatched ?? []).length > 0),
    all: servers.flatMap((server) => {
      const host = hostOf(run, server);
      const { unwatched = [], aside = [] } = server.identity;
      return [...unwatched, ...aside].map((text) => `${host === null ? '' : `${host}: `}not watched: ${text}`);
    }),
  };
}

/** What was watched and what was not; nothing of journals that do not tell. */
export function watchedInWords(run: Run): readonly string[] {
  return processServers(run).flatMap((server) => {
    const host = hostOf(run, server);
    const at = host === null ? '' : `${host}: `;
    const { watched = [], unwatched = [], aside = [] } = server.identity;
    return [
      ...(server.clock.source === 'own' ? [] : [`${at}${clockInWords(server.clock)}`]),
      ...watched.map((text) => `${at}watched: ${text}`),
      ...[...unwatched, ...aside].map((text) => `${at}not watched: ${text}`),
    ];
  });
}
