import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { apartUs } from '../journal/server.ts';
import { counted } from '../words.ts';
import { noted } from './cause-of-end.ts';
import type { ProcessEnd } from './process-end.ts';
import { alignedUs, type RequestsAtEnd } from './requests-at-end.ts';

/** An end that no request but those that it broke off speaks against. */
export interface Judged {
  readonly end: ProcessEnd;
  /** How many requests broke off with it, however soon. */
  readonly broken: number;
}

/** Of ends that recycle, so many cut nothing off for each one that met requests: what meets a closing connection is rare. */
const cleanPerBroken = 4;

const isByCode = ({ end }: Judged): boolean => end.byCodeAlone === true;
/** Of those that their supervisor did not stop. */
const isUnjudged = ({ end }: Judged): boolean => end.isUnasked === true && end.kind === 'exited' && end.open === null;
const isJudged = ({ end }: Judged): boolean => end.kind !== 'graceful' || end.open !== null;

/**
 * Ends for which their exit code alone speaks, such as 0: whoever calls `exit(0)` in a request has it, too. The generator sends nothing
 * over a connection that it knows to be closed, so a request hardly ever meets one that closes. Where most ends break requests off they
 * are crashes, and where few do they are recycled workers; else nobody knows.
 * @param crashed ends that were crashes in any case.
 */
export function judgedByCode(
  requests: RequestsAtEnd,
  judged: readonly Judged[],
  crashed: readonly ProcessEnd[] = [],
): readonly Judged[] {
  const byCode = judged.filter(isByCode);
  const broken = byCode.filter((each) => each.broken > 0).length;
  const clean = byCode.length - broken;
  return judged.map((each) => {
    if (isUnjudged(each)) return byRefusals(requests, each);
    if (!isByCode(each) || isJudged(each)) return each;
    if (isLast(requests, each.end) && !isHalted(each.end, crashed)) return { ...each, end: lastOne(each) };
    if (each.broken === 0) return each;
    const refused = isAbsent(each.end) ? requests.refusedAfterCut(each.end.lastSeenUs, each.end.atUs) : 0;
    if (refused > 0) return { ...each, end: asAbsent(each, refused) };
    if (clean >= cleanPerBroken * broken) return { ...each, end: asMet(each.end, each.broken) };
    if (broken > 1 && broken > clean) return { ...each, end: asCrash(each.end, each.broken) };
    const why = `whether it cut ${counted(each.broken, 'request')} off, or closed the connection meanwhile, is not known`;
    return { ...each, end: { ...each.end, open: why } };
  });
}

/** Nobody stopped it, and nobody was there after it: it did not end gracefully. */
function byRefusals(requests: RequestsAtEnd, each: Judged): Judged {
  const { end } = each;
  const refused = isAbsent(end) ? requests.refusedFrom(end.lastSeenUs, end.atUs) : 0;
  if (refused === 0) return each;
  const cause = noted(end.cause, { note: 'foundNobody', requests: refused });
  return { ...each, end: { ...end, kind: 'crash', byRequests: true, cause } };
}

/** @param long those of the broken that show it: a shorter one may have met a closing connection. */
export function asCrash(end: ProcessEnd, broken: number, long = broken): ProcessEnd {
  const cause = noted(end.cause, { note: 'brokeOff', requests: broken, long });
  return { ...end, kind: 'crash', byRequests: true, cause };
}

export const asMet = (end: ProcessEnd, met: number): ProcessEnd => ({
  ...end,
  cause: noted(end.cause, { note: 'metClosing', requests: met }),
});

function asAbsent({ end, broken }: Judged, refused: number): ProcessEnd {
  const cause = noted(end.cause, { note: 'brokeOffAndFoundNobody', brokeOff: broken, foundNobody: refused });
  return { ...end, kind: 'crash', byRequests: true, cause };
}

/**
 * Whether a root left nobody behind who was there before: a successor that was handed the socket is there first. Who started it does not
 * count, for it does not serve. Of a worker whether all that its master had went at once: a master such as that of node:cluster listens
 * for its workers alone.
 */
function isAbsent({ server, process, lastSeenUs, atUs }: ProcessEnd): boolean {
  if (process.role === 'helper' || apartUs(server) > alignedUs) return false;
  let last: readonly ProcessSample[] = [];
  let next: readonly ProcessSample[] = [];
  for (const sample of server.samples) {
    if (sample.atUs <= lastSeenUs) last = sample.processes;
    next = sample.processes;
    if (sample.atUs >= atUs) break;
  }
  const apart = new Set([process.pid, ...ancestorsOf(process, last)]);
  const isBeside = (each: ProcessSample): boolean =>
    !apart.has(each.pid) &&
    (process.role === 'root' || (each.role === 'worker' && each.parentPid === process.parentPid));
  const others = new Set(last.flatMap((each) => (isBeside(each) ? [processIdentity(each)] : [])));
  return !next.some((each) => others.has(processIdentity(each)));
}

function ancestorsOf({ parentPid }: ProcessSample, processes: readonly ProcessSample[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (let pid: number | undefined = parentPid; pid !== undefined && !found.has(pid); ) {
    found.add(pid);
    pid = processes.find((each) => each.pid === pid)?.parentPid;
  }
  return found;
}

function lastOne({ end }: Judged): ProcessEnd {
  return { ...end, kind: 'crash', cause: noted(end.cause, { note: 'nobodyTookOver' }) };
}

/** A master halts its workers before it goes down: that nobody took over is its crash. */
const isHalted = ({ server, process, lastSeenUs }: ProcessEnd, crashed: readonly ProcessEnd[]): boolean =>
  crashed.some(
    (other) => other.server === server && other.process.pid === process.parentPid && other.atUs >= lastSeenUs,
  );

/** Whether nobody of its role is left, and requests failed from then on. */
function isLast(requests: RequestsAtEnd, { server, process, atUs }: ProcessEnd): boolean {
  if (apartUs(server) > alignedUs || !requests.failTillTheEnd(atUs)) return false;
  const last = server.samples.at(-1)?.processes ?? [];
  return !last.some(({ role }) => role === process.role);
}
