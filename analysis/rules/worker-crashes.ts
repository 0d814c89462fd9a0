import { journalFiles } from '../../contract/journal/paths.ts';
import { oomKillsOf } from '../interpret/oom-kills.ts';
import { restartNote, restartSpan } from '../interpret/restart.ts';
import { type Run, samplesOf } from '../interpret/run.ts';
import { blindSpots, type ProcessEnd, processEnds, watchedProcesses } from '../processes/ends.ts';
import { atSecond, counted } from '../words.ts';
import { count } from './measure.ts';
import { monitorFiles, type Rule } from './rule.ts';

/** An end shows in the first sample after it. */
const blindEndUs = 2_000_000;

/** A server that ends because it was told to has not crashed; one that had to be killed did not end by itself. */
function wasAskedToEnd({ manifest }: Run, atUs: number): boolean {
  const span = restartSpan({ manifest });
  return manifest.restart?.exitCode === 0 && span !== null && atUs >= span.fromUs && atUs <= span.toUs + blindEndUs;
}

export const workerCrashes: Rule<'worker-crashes'> = {
  id: 'worker-crashes',
  title: 'Worker crashes',
  question: 'Did a worker die?',
  evidence:
    "every exit of a root or worker process between two samples, unless the server's log says that it was recycled; OOM kills in its cgroup; whether it came back from a restart that the run asked for",
  thresholds: () => ({ pass: '0', warn: null, fail: '≥ 1' }),
  faults: ['crash', 'OOM kill', 'did not come back after the restart'],
  advice: [
    'memory before the exit: a steep rise points to the OOM killer (dmesg, memory.events of the cgroup)',
    'error logs of the last seconds before the exit: an unhandled exception, or a signal from a supervisor after its timeout',
    'graceful shutdown: does a recycled worker finish its requests and say so in the log?',
  ],
  scenarios: null,
  needs: monitorFiles,
  judge(run) {
    const { manifest } = run;
    const ends = processEnds(run);
    const unasked = ends.filter(
      ({ process, recycled, atUs }) => process.role !== 'helper' && !recycled && !wasAskedToEnd(run, atUs),
    );
    const unexplained = logIsWhole(run) ? [] : unasked.filter(({ process }) => process.role === 'worker');
    const crashes = unasked.filter((end) => !unexplained.includes(end));
    const oom = oomKillsOf(
      samplesOf(run),
      ends.filter(({ recycled }) => !recycled).map(({ atUs }) => atUs),
    );
    const isLost = manifest.restart !== null && manifest.restart.backAtUs === null && !manifest.interrupted;
    const watched = watchedProcesses(samplesOf(run));
    const samples = samplesOf(run).length;
    const measures = [
      count('crashes', Math.max(crashes.length, oom.ofServer), { threshold: 0 }),
      count('oom-kills', oom.ofServer, { threshold: 0 }),
      count('processes', watched),
      count('samples', samples),
    ];
    const evidence = evidenceOf(run, { ends, crashes, oom });
    if (crashes.length > 0 || oom.ofServer > 0 || isLost) {
      const found = [
        ...(isLost ? ['the server did not come back after the restart'] : []),
        ...(crashes.length > 0 || oom.ofServer > 0
          ? [`${counted(Math.max(crashes.length, oom.ofServer), 'crash', 'crashes')} of the server's processes`]
          : []),
      ];
      return { status: 'fail', summary: found.join('; '), measures, evidence };
    }
    if (unexplained.length > 0) {
      return {
        status: 'inconclusive',
        summary: `${counted(unexplained.length, 'worker')} ended, and the log that says whether they were recycled could not be written`,
        evidence: endsOf(run, unexplained),
      };
    }
    const blind = blindSpots(run);
    if (blind.length > 0) {
      return {
        status: 'inconclusive',
        summary: 'the server was not watched all the time',
        measures: samples === 0 ? [] : measures,
        evidence: blind,
      };
    }
    return {
      status: 'pass',
      summary: `${ends.length === 0 ? 'No process exited' : 'No process crashed'} (${counted(watched, 'process', 'processes')}, ${counted(samples, 'sample')})`,
      measures,
      evidence,
    };
  },
};

/** Whether the embedded backend's log, which says that it recycled a worker, holds all that it had to say. */
function logIsWhole({ gaps }: Run): boolean {
  return !gaps.some(({ file }) => file === journalFiles.backendLog);
}

function endsOf({ manifest }: Run, ends: readonly ProcessEnd[]): readonly string[] {
  return ends.map(
    ({ process: { role, pid, label }, atUs }) =>
      `${role} ${pid} (${label}) exited ${atSecond(atUs, manifest.startedAtUs)}`,
  );
}

interface Exits {
  readonly ends: readonly ProcessEnd[];
  readonly crashes: readonly ProcessEnd[];
  readonly oom: ReturnType<typeof oomKillsOf>;
}

function evidenceOf(run: Run, { ends, crashes, oom }: Exits): readonly string[] {
  const { startedAtUs } = run.manifest;
  const note = restartNote(run);
  return [
    ...(note === null ? [] : [note]),
    ...endsOf(run, crashes),
    ...(oom.inCgroup > 0
      ? [`${counted(oom.inCgroup, 'OOM kill')} in the server's cgroup, ${oom.ofServer} of the server's processes`]
      : []),
    ...ends
      .filter(({ recycled }) => recycled)
      .map(({ process, atUs }) => `worker ${process.pid} was recycled gracefully ${atSecond(atUs, startedAtUs)}`),
  ];
}
