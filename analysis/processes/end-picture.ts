import { processIdentity } from '../../contract/journal/process-identity.ts';
import { processBytes } from '../../contract/journal/tree-memory.ts';
import { type EndPicture, maxPoints, type Points } from '../../contract/report/pictures.ts';
import { msFrom, secondsFrom } from '../interpret/drawn-requests.ts';
import { hostOf, type Run } from '../interpret/run.ts';
import { Thinned } from '../thin.ts';
import { causeInWords } from './cause-in-words.ts';
import type { ProcessEnd } from './process-end.ts';

const beforeUs = 60_000_000;
/** Between two counts of what was under way. */
const countedEachUs = 500_000;
const maxLines = 6;
const maxLineLength = 300;

/** The last minute of a process: its memory and CPU, what was under way, and what the log said at its end. */
export function endPicture(run: Run, end: ProcessEnd): EndPicture {
  const { process, server, atUs, lastSeenUs, cause } = end;
  const { startedAtUs } = run.manifest;
  const host = hostOf(run, server);
  const who = `${process.role} ${process.pid}`;
  const seen = samplesOf(end);
  const fromUs = seen[0]?.atUs ?? lastSeenUs;
  return {
    kind: 'end',
    title: `${host === null ? '' : `${host}: `}the last minute of ${who}${cause === null ? '' : `: it ${causeInWords(cause)}`}`,
    atSeconds: secondsFrom(atUs, startedAtUs),
    process: who,
    lastSeenMs: msFrom(lastSeenUs, atUs),
    fromMs: msFrom(fromUs, atUs),
    memoryBytes: thinned(seen, atUs, ({ bytes }) => bytes),
    memoryFigure: server.identity.memorySource,
    cpuPercent: thinned(seen, atUs, ({ cpuPercent }) => cpuPercent),
    inFlight: inFlight(run, fromUs, atUs),
    log: linesOf(end)
      .slice(-maxLines)
      .map((line) => line.slice(0, maxLineLength)),
  };
}

/** What stands last in the log tells more than a line of an end like it: that stands beside the picture. */
const linesOf = ({ lines, likeLines = [], lastLines = [] }: ProcessEnd): readonly string[] =>
  [lines, lastLines, likeLines].find((each) => each.length > 0) ?? [];

interface Seen {
  readonly atUs: number;
  readonly bytes: number | null;
  readonly cpuPercent: number | null;
}

function samplesOf({ process, server, atUs }: ProcessEnd): readonly Seen[] {
  const identity = processIdentity(process);
  const found: Seen[] = [];
  for (const sample of server.samples) {
    if (sample.atUs < atUs - beforeUs || sample.atUs >= atUs) continue;
    const own = sample.processes.find((each) => processIdentity(each) === identity);
    if (own === undefined) continue;
    const bytes = processBytes(own, server.identity.memorySource) ?? processBytes(own, 'rss');
    found.push({ atUs: sample.atUs, bytes, cpuPercent: own.cpuPercent });
  }
  return found;
}

/** A point that stands for several shows the highest. */
function thinned(seen: readonly Seen[], zeroUs: number, of: (one: Seen) => number | null): Points {
  const few = new Thinned(seen.length, maxPoints);
  const values = few.line();
  seen.forEach((one, n) => {
    few.put(values, n, of(one));
  });
  return { ms: values.map((_, n) => msFrom(seen[n * few.values]?.atUs ?? zeroUs, zeroUs)), values };
}

/** How many requests were with the server at each of some instants. */
function inFlight({ scenarios }: Run, fromUs: number, toUs: number): Points {
  const count = Math.floor((toUs - fromUs) / countedEachUs) + 1;
  const values = new Array<number>(Math.min(count, maxPoints)).fill(0);
  const firstUs = toUs - (values.length - 1) * countedEachUs;
  for (const { ledger } of scenarios) {
    if (ledger === null) continue;
    for (let at = 0; at < ledger.length; at += 1) {
      if (ledger.notedEndUs(at) < firstUs || ledger.notedSendUs(at) > toUs || !ledger.isSignal(at)) continue;
      const first = Math.max(0, Math.ceil((ledger.notedSendUs(at) - firstUs) / countedEachUs));
      const last = Math.min(values.length - 1, Math.floor((ledger.notedEndUs(at) - firstUs) / countedEachUs));
      for (let n = first; n <= last; n += 1) values[n] = (values[n] ?? 0) + 1;
    }
  }
  return { ms: values.map((_, n) => msFrom(firstUs + n * countedEachUs, toUs)), values };
}
