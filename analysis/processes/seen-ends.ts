import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { OomKills } from '../interpret/oom-kills.ts';
import { restartSpan } from '../interpret/restart.ts';
import type { Run } from '../interpret/run.ts';
import { BegunToServe } from './begun-to-serve.ts';
import { allVainStarts, type CrashLoop, crashLoop, type VainStarts } from './crash-loops.ts';
import { processEnds } from './ends.ts';
import { withExecEnd } from './exec-end.ts';
import { type FailedStart, failedStarts } from './failed-starts.ts';
import { withMasterJobs } from './jobs-of-masters.ts';
import { oomKillsIn } from './killed-for-memory.ts';
import type { ProcessEnd } from './process-end.ts';
import { unknownParent, unseenEnds } from './unseen-ends.ts';

/** An end shows in the first sample after it. */
const blindEndUs = 2_000_000;

/** A server that ends because it was told to has not crashed; one that had to be killed did not end by itself. */
function wasAskedToEnd({ manifest }: Run, { atUs, server }: ProcessEnd): boolean {
  // The run restarts its own server alone.
  if (server.clock.source !== 'own') return false;
  const span = restartSpan({ manifest });
  return manifest.restart?.exitCode === 0 && span !== null && atUs >= span.fromUs && atUs <= span.toUs + blindEndUs;
}

/** What a run shows of the processes that ended. */
export interface SeenEnds {
  readonly ends: readonly ProcessEnd[];
  readonly crashes: readonly ProcessEnd[];
  /** Nothing says why they ended, and no request was cut off with them. */
  readonly unclear: readonly ProcessEnd[];
  /** Their ends are not among the crashes. */
  readonly starts: readonly FailedStart[];
  readonly loop: CrashLoop | null;
  readonly vain: VainStarts | null;
  readonly oom: OomKills;
  readonly isLost: boolean;
}

export function seenEnds(run: Run): SeenEnds {
  const { manifest } = run;
  const ends = withMasterJobs(run, withExecEnd(run, processEnds(run)));
  const unasked = ends.filter(
    (end) =>
      end.process.role !== 'helper' && (end.kind !== 'graceful' || end.open !== null) && !wasAskedToEnd(run, end),
  );
  const isUnclear = ({ kind, open }: ProcessEnd): boolean => open !== null || kind !== 'crash';
  const starts = failedStarts(
    run,
    ends,
    unasked.filter((end) => !isUnclear(end)),
  );
  const unseen = unseenEnds(run).filter(
    (end) => !wasAskedToEnd(run, end) && !starts.some((start) => mayBeOf(start, end)),
  );
  const rest = [...unasked.filter((end) => !starts.some((start) => isOf(start, end))), ...unseen];
  const unclear = rest.filter(isUnclear);
  const crashes = rest.filter((end) => !isUnclear(end));
  const begun = new BegunToServe(run, ends);
  return {
    ...{
      ends: [...ends.filter((end) => !starts.some((start) => tells(start, end))), ...unseen],
      crashes,
      unclear,
      starts,
      loop: crashLoop(crashes, (end) => begun.has(end)),
      vain: allVainStarts(ends.filter((end) => !wasAskedToEnd(run, end))),
    },
    oom: oomKillsIn(run, ends),
    isLost: manifest.restart !== null && manifest.restart.backAtUs === null && !manifest.interrupted,
  };
}

/** What is open is among the unclear ones: each end is counted once. */
export const gracefulIn = (ends: readonly ProcessEnd[]): readonly ProcessEnd[] =>
  ends.filter(({ process, kind, open }) => process.role !== 'helper' && kind === 'graceful' && open === null);

const tells = ({ ends }: FailedStart, { server, process }: ProcessEnd): boolean =>
  ends.some((told) => told.server === server && processIdentity(told.process) === processIdentity(process));

/** What came of a new master's worker may be told a little later than its end. */
const toldLateUs = 5_000_000;

/** Whether one that was in no sample may be a worker of a new master that failed to start. */
const mayBeOf = ({ pid, firstSeenUs, ends }: FailedStart, end: ProcessEnd): boolean =>
  [pid, unknownParent].includes(end.process.parentPid) &&
  end.atUs >= firstSeenUs &&
  ends.some(({ atUs }) => end.lastSeenUs <= atUs + toldLateUs);

/** The master that failed to start, and what it started. */
const isOf = (start: FailedStart, end: ProcessEnd): boolean => tells(start, end) || isBelow(start, end);

const isBelow = ({ pid, firstSeenUs }: FailedStart, end: ProcessEnd): boolean =>
  end.process.parentPid === pid && end.firstSeenUs >= firstSeenUs;
