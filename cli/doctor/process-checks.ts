import { constants } from 'node:fs';
import { megabytes } from '../../contract/report/figures.ts';
import { logsOf } from '../../monitor/log/own-logs.ts';
import { type FoundServer, findServer, type ServerAddress, UnfoundServer } from '../../monitor/system/find-server.ts';
import { labelOfProcess, namedProcess } from '../../monitor/system/label-of-process.ts';
import { listenersWithHolders, rootsOf } from '../../monitor/system/port-holders.ts';
import { readProcFile, readProcLink } from '../../monitor/system/proc-file.ts';
import { processSource } from '../../monitor/system/process-source.ts';
import { lookAtSockets } from '../../monitor/system/sockets.ts';
import { mayAccess } from '../may-access.ts';
import { type Check, ok, problem, unknown } from './check.ts';

/** Where the server's processes are looked for. */
export interface Looked {
  readonly address: ServerAddress;
  /** Where load goes, and every address that the name of its host leads to. */
  readonly port: number;
  readonly ip: string;
  readonly addresses: readonly string[];
  readonly logs: readonly string[];
  /** Our build of k6; null if there is none. */
  readonly exitsProgram: string | null;
}

export interface ProcessFacts {
  readonly checks: readonly Check[];
  readonly isWatched: boolean;
  readonly seesDescriptors: boolean;
}

const subject = 'processes';
const hasProc = (): boolean => readProcFile('/proc/self/stat') !== null;

/** Which processes will be watched, how they were found, and what can be read of them. */
export async function checkProcesses(looked: Looked): Promise<ProcessFacts> {
  const several = hasProc() ? severalPrograms(looked) : null;
  if (several !== null) return { checks: [several], isWatched: false, seesDescriptors: false };
  let found: FoundServer;
  try {
    found = findServer(looked.address);
  } catch (error) {
    if (!(error instanceof UnfoundServer)) throw error;
    return { checks: [unfoundCheck(looked, error.why)], isWatched: false, seesDescriptors: false };
  }
  const { watched, unwatched, aside } = found;
  const textsOf = (isUnconnected: boolean): readonly string[] =>
    aside.filter((each) => each.isUnconnected === isUnconnected).map(({ text }) => text);
  const unconnected = textsOf(true);
  const checks: Check[] = [ok(subject, [...watched, ...textsOf(false)].join('; '))];
  if (unconnected.length > 0) checks.push(unknown(subject, unconnected.join('; ')));
  if (unwatched.length > 0) checks.push(unknown(subject, unwatched.join('; ')));
  const seen = await figuresCheck(found);
  const { logs, exitsProgram } = looked;
  return {
    checks: [...checks, seen.check, endsCheck(exitsProgram), logCheck(logs.length > 0 ? logs : logsOf(found.roots))],
    isWatched: true,
    seesDescriptors: seen.seesDescriptors,
  };
}

/** What listens there, and nobody may see who: a remedy that helps; otherwise what the search itself says. */
function unfoundCheck({ address, port, ip }: Looked, text: string): Check {
  if (address.by !== 'port' || !hasProc()) return unknown(subject, text, 'give the server by --pid');
  const reached = listenersWithHolders(port, ip).filter(({ isReached }) => isReached);
  const isHidden = reached.length > 0 && reached.every(({ holders }) => holders.length === 0);
  return isHidden
    ? problem(
        subject,
        `something listens on port ${port}, and this user may not see which process`,
        "run webhook-stress as the server's user or with sudo, or give the server by --pid; declare process: { by: 'none' } to go without",
      )
    : unknown(subject, text);
}

/** Different programs at the address that load goes to, or behind the addresses of its host's name; null if there is one. */
function severalPrograms({ address, port, ip, addresses }: Looked): Check | null {
  if (address.by !== 'port') return null;
  const rootsAt = (at: string) => rootsOf(listenersWithHolders(port, at).filter(({ isReached }) => isReached));
  const here = rootsAt(ip);
  const programs = new Map(here.map((pid) => [labelOfProcess(pid), pid]));
  if (programs.size > 1) {
    return problem(
      subject,
      `${programs.size} programs listen on port ${port}, and load would be split between them: ${[...programs.values()]
        .toSorted((a, b) => a - b)
        .map(namedProcess)
        .join(' and ')}`,
      'end the one that is not under test, or let it listen elsewhere',
    );
  }
  const [own] = here;
  for (const at of addresses.filter((each) => each !== ip)) {
    const [other] = rootsAt(at);
    if (own === undefined || other === undefined || labelOfProcess(other) === labelOfProcess(own)) continue;
    return problem(
      subject,
      `the host of BASE_URL leads to two programs on port ${port}: ${namedProcess(own)} at ${ip}, ${namedProcess(other)} at ${at}`,
      `write the address into BASE_URL, such as ${ip.includes(':') ? `[${ip}]` : ip}:${port}, or end the other program`,
    );
  }
  return null;
}

/** Memory and descriptors, as the monitor would sample them. */
async function figuresCheck({
  roots,
}: FoundServer): Promise<{ readonly check: Check; readonly seesDescriptors: boolean }> {
  const samples = await processSource(roots).sample(performance.now());
  const sum = (of: (sample: (typeof samples)[number]) => number | null): number =>
    samples.reduce((total, sample) => total + (of(sample) ?? 0), 0);
  const rss = `RSS ${megabytes(sum(({ rssBytes }) => rssBytes))} of ${samples.length === 1 ? '1 process' : `${samples.length} processes`}`;
  const holds = lookAtSockets(samples.map(({ pid }) => pid))?.holds;
  // Linux counts the open files of a process for anybody: what they are it tells its user.
  const seesDescriptors =
    samples.length > 0 && samples.every(({ pid, fileDescriptors }) => fileDescriptors !== null && holds?.has(pid));
  const [root] = roots;
  const seesPss = root !== undefined && readProcFile(`/proc/${root}/smaps_rollup`) !== null;
  const asUser = "run webhook-stress as the server's user, or with sudo";
  if (samples.length === 0) {
    return {
      check: problem('memory', 'nothing can be read of them', asUser),
      seesDescriptors,
    };
  }
  const missing = [...(seesPss ? [] : ['PSS (shared pages count twice)']), ...(seesDescriptors ? [] : ['descriptors'])];
  return {
    check:
      missing.length === 0
        ? ok('memory', `${rss}; PSS and descriptors can be read`)
        : unknown('memory', `${rss}; not readable: ${missing.join(', ')}`, hasProc() ? asUser : null),
    seesDescriptors,
  };
}

/** Inodes of the first namespaces of a machine. Source: Linux, include/linux/proc_ns.h. */
const firstPidNamespace = 'pid:[4026531836]';
const firstUserNamespace = 'user:[4026531837]';

/** Whether the kernel tells how processes end: to root alone, outside of containers, to our build of k6. */
function endsCheck(exitsProgram: string | null): Check {
  const subjectOfEnds = 'ends';
  const isFirst =
    readProcLink('/proc/self/ns/pid') === firstPidNamespace &&
    readProcLink('/proc/self/ns/user') === firstUserNamespace;
  const isRoot = process.getuid?.() === 0;
  if (exitsProgram !== null && isRoot && isFirst) {
    return ok(subjectOfEnds, 'the kernel tells how processes end');
  }
  const missing = [
    ...(isRoot ? [] : ['root']),
    ...(isFirst ? [] : ['a place outside containers']),
    ...(exitsProgram !== null ? [] : ['our build of k6']),
  ].join(', ');
  return unknown(
    subjectOfEnds,
    `how processes end is known from the server's log only: the kernel tells it to root, outside containers, with our build of k6; missing here: ${missing}`,
    missing === 'root' ? 'give --log FILE, or run as root' : 'give --log FILE',
  );
}

function logCheck(logs: readonly string[]): Check {
  const subjectOfLog = 'log';
  const remedy = 'give the log of the server, or of what supervises it, by --log FILE';
  if (logs.length === 0) return unknown(subjectOfLog, 'the server writes its output into no file', remedy);
  const unreadable = logs.filter((log) => !mayAccess(log, constants.R_OK));
  return unreadable.length === 0
    ? ok(subjectOfLog, logs.join(', '))
    : problem(subjectOfLog, `${unreadable.join(', ')} cannot be read`, 'give this user the right to read it', false);
}
