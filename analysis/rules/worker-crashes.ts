import { journalFiles, type ProcessSample } from '../../contract/journal/journal.ts';
import { oomKillsOf } from '../interpret/oom-kills.ts';
import { restartNote, restartSpan } from '../interpret/restart.ts';
import type { Run } from '../journal/run.ts';
import { atSecond, counted } from '../words.ts';
import type { Rule } from './rule.ts';

export interface ProcessEnd {
  readonly process: ProcessSample;
  /** Time of the first sample without it. */
  readonly atUs: number;
  /** The server's own log says that it recycled this process. */
  readonly recycled: boolean;
}

const identity = (process: { pid: number; startTicks: number }): string => `${process.pid}/${process.startTicks}`;

/** Every end of a process of the server's tree between two samples. */
export function processEnds(run: Run): readonly ProcessEnd[] {
  const { server } = run;
  if (server === null) return [];
  const recycled = new Set(
    server.alerts.flatMap((alert) =>
      alert.alert === 'process-recycled' && alert.pid !== undefined
        ? [identity({ pid: alert.pid, startTicks: alert.startTicks ?? 0 })]
        : [],
    ),
  );
  const alive = new Map<string, ProcessSample>();
  const ends: ProcessEnd[] = [];
  for (const sample of server.samples) {
    const now = new Set(sample.processes.map(identity));
    for (const [key, process] of alive) {
      if (now.has(key)) continue;
      ends.push({ process, atUs: sample.atUs, recycled: recycled.has(key) });
      alive.delete(key);
    }
    for (const process of sample.processes) alive.set(identity(process), process);
  }
  return ends;
}

/** An end shows in the first sample after it. */
const blindEndUs = 2_000_000;

/** Longest time without a sample that still counts as watching. */
const longestBlindUs = 5_000_000;

/** Where the monitor did not watch while load ran, in words; empty if it saw all of it. */
function blindSpots(run: Run): readonly string[] {
  const { server, scenarios, manifest } = run;
  if (server === null) return ['no server was watched'];
  const from = Math.min(...scenarios.map(({ window }) => window.startedAtUs));
  const to = Math.max(...scenarios.map(({ window }) => window.endedAtUs ?? window.startedAtUs));
  const times = [from, ...server.samples.map(({ atUs }) => atUs).filter((atUs) => atUs >= from && atUs <= to), to];
  return times.flatMap((atUs, n) => {
    const before = times[n - 1] ?? atUs;
    if (atUs - before <= longestBlindUs) return [];
    return [
      `no sample of the server for ${((atUs - before) / 1e6).toFixed(1)} s ${atSecond(before, manifest.startedAtUs)}`,
    ];
  });
}

export const workerCrashes: Rule = {
  criterion: 'worker-crashes',
  scenarios: null,
  needs: () => [journalFiles.server],
  judge(run) {
    const { server, manifest } = run;
    const ends = processEnds(run);
    const { restart } = manifest;
    const span = restartSpan(run);
    // A server that ends when it is told to has not crashed; one that had to be killed did not end by itself.
    const wasToEnd = (atUs: number): boolean =>
      restart?.exitCode === 0 && span !== null && atUs >= span.fromUs && atUs <= span.toUs + blindEndUs;
    const crashes = ends.filter(
      ({ process, recycled, atUs }) => process.role !== 'helper' && !recycled && !wasToEnd(atUs),
    );
    const note = restartNote(run);
    const oom = oomKillsOf(
      server?.samples ?? [],
      ends.filter(({ recycled }) => !recycled).map(({ atUs }) => atUs),
    );
    const evidence = [
      ...(note === null ? [] : [note]),
      ...crashes.map(
        ({ process, atUs }) =>
          `${process.role} ${process.pid} (${process.label}) was gone ${atSecond(atUs, manifest.startedAtUs)}`,
      ),
      ...(oom.inCgroup > 0
        ? [`${counted(oom.inCgroup, 'OOM kill')} in the server's cgroup, ${oom.ofServer} of the server's processes`]
        : []),
      ...ends
        .filter(({ recycled }) => recycled)
        .map(
          ({ process, atUs }) => `worker ${process.pid} was recycled in order ${atSecond(atUs, manifest.startedAtUs)}`,
        ),
    ];
    if (crashes.length > 0 || oom.ofServer > 0) {
      return {
        status: 'fail',
        summary: `${counted(Math.max(crashes.length, oom.ofServer), 'crash', 'crashes')} of the server's processes`,
        evidence,
      };
    }
    const blind = blindSpots(run);
    if (blind.length > 0) {
      return { status: 'inconclusive', summary: 'the server was not watched all the time', evidence: blind };
    }
    const watched = new Set(
      server?.samples.flatMap(({ processes }) => processes.filter(({ role }) => role !== 'helper').map(identity)),
    ).size;
    return {
      status: 'pass',
      summary: `no end of any of ${counted(watched, 'process', 'processes')} in ${counted(server?.samples.length ?? 0, 'sample')}`,
      evidence,
    };
  },
};
