import { reasonInWords } from '../../contract/journal/end-reasons.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { EndPicture } from '../../contract/report/pictures.ts';
import type { Measure } from '../../contract/report/report.ts';
import type { OomKills } from '../interpret/oom-kills.ts';
import { restartNote } from '../interpret/restart.ts';
import { hostOf, processServers, type Run } from '../interpret/run.ts';
import { apartUs } from '../journal/server.ts';
import { crashFaults } from '../processes/crash-faults.ts';
import { loopInWords, startsWhileAway, vainStartsInWords } from '../processes/crash-loops.ts';
import { endPicture } from '../processes/end-picture.ts';
import { crashesInWords, endInWords, logLinesOf, watchedInWords } from '../processes/end-words.ts';
import { blindSpots, watchedProcesses } from '../processes/ends.ts';
import { crashOfExec } from '../processes/exec-end.ts';
import { type FailedStart, startsInWords } from '../processes/failed-starts.ts';
import { NeverAnswered } from '../processes/never-answered.ts';
import { pageStartsInWords } from '../processes/page-starts.ts';
import type { ProcessEnd } from '../processes/process-end.ts';
import { type Recovery, recoveryFrom, recoveryInWords, recoveryMeasures } from '../processes/recovery.ts';
import { gracefulIn, type SeenEnds, seenEnds } from '../processes/seen-ends.ts';
import { atSecond, counted } from '../words.ts';
import { withoutProcesses } from './foreseen.ts';
import { count } from './measure.ts';
import { type Judgement, monitorFiles, type Rule } from './rule.ts';
import { crashAdvice, crashAdviceOn } from './worker-crashes-advice.ts';

interface Told extends SeenEnds {
  readonly lost: NeverAnswered;
}

/** Of several machines, how many each has to tell. */
function perHost(run: Run, crashes: readonly ProcessEnd[]): readonly Measure[] {
  return processServers(run).flatMap((server) => {
    const host = hostOf(run, server);
    return host === null ? [] : [{ ...count('crashes', crashes.filter((end) => end.server === server).length), host }];
  });
}

export const workerCrashes: Rule<'worker-crashes'> = {
  id: 'worker-crashes',
  title: 'Worker crashes',
  question: 'Did a worker die?',
  evidence:
    "every exit of a root or worker process between two samples; what the server's log says of its cause; requests that broke off with it; OOM kills in its cgroup; whether it came back from a restart that the run asked for",
  thresholds: () => ({ pass: '0', warn: 'a new master failed to start', fail: '≥ 1' }),
  faults: ['crash', 'OOM kill', 'a new master that failed to start', 'did not come back after the restart'],
  advice: crashAdvice,
  scenarios: null,
  foretold: withoutProcesses,
  readsLog: true,
  needsPlan: 'most',
  needs: monitorFiles,
  judge(run) {
    const seen = seenEnds(run);
    const { ends, crashes, unclear, starts, loop, vain, oom, isLost } = seen;
    const watched = watchedProcesses(run);
    const samples = processServers(run).reduce((sum, server) => sum + server.samples.length, 0);
    const found = Math.max(crashes.length, oom.ofServer, crashOfExec(run) === null ? 0 : 1);
    const advice = crashAdviceOn(crashFaults(seen, crashOfExec(run)?.how ?? null));
    // One that was told to end, and starts in vain, crashes as it starts.
    const crashCount = found === 0 ? (vain?.atLeast ?? 0) : found;
    const recoveries = crashes
      .slice(0, maxWithRecovery)
      .map((end) => recoveryFrom(run, { fromUs: end.lastSeenUs, toUs: end.atUs }, apartUs(end.server)));
    const measures = [
      count('crashes', crashCount, { threshold: 0 }),
      count('oom-kills', oom.ofServer, { threshold: 0 }),
      count('graceful-ends', gracefulIn(ends).length),
      count('unclear-ends', unclear.length),
      count('processes', watched),
      count('samples', samples),
      ...(loop === null ? [] : [count('crashed-replacements', loop.crashes)]),
      ...(vain === null ? [] : [count('vain-starts', vain.atLeast)]),
      ...(starts.length === 0 ? [] : [count('failed-starts', starts.length)]),
      ...perHost(run, crashes),
      ...recoveryMeasures(recoveries),
    ];
    const lost = new NeverAnswered(run, ends);
    const evidence = evidenceOf(run, { ...seen, lost }, recoveries);
    if (crashCount > 0 || isLost) {
      const what = [
        ...(isLost ? ['the server did not come back after the restart'] : []),
        ...(crashCount > 0 ? [crashesInWords(run, crashes, crashCount)] : []),
        ...(loop === null ? [] : [loopInWords(loop)]),
        ...(vain === null ? [] : [vainStartsInWords(vain)]),
      ];
      const pictures = picturesOf(run, crashes);
      return { status: 'fail', summary: what.join('; '), measures, evidence, pictures, advice };
    }
    if (unclear.length > 0)
      return { ...unclearEnds(run, { ...seen, lost }), measures, pictures: picturesOf(run, unclear) };
    if (oom.ofUnknown > 0) return { status: 'inconclusive', summary: oomOfUnknown(oom), measures, evidence };
    const blind = blindSpots(run);
    if (blind.length > 0) return { ...notWatched(run, starts, blind), measures: watched === 0 ? [] : measures };
    if (starts.length > 0) return { status: 'warn', summary: startsInWords(starts), measures, evidence, advice };
    return {
      status: 'pass',
      summary: `${ends.length === 0 ? 'No process exited' : 'No process crashed'}${onMachines(run)} (${counted(watched, 'process', 'processes')}, ${counted(samples, 'sample')})${lostInWords(lost)}`,
      measures,
      evidence,
    };
  },
};

function notWatched(run: Run, starts: readonly FailedStart[], blind: readonly string[]): Judgement {
  const page = pageStartsInWords(run);
  return {
    status: 'inconclusive',
    summary:
      page.restarts > 0
        ? 'the server was started anew in mid-run, as its metrics page shows; why is not known'
        : 'the server was not watched all the time',
    evidence: [...startLines(run, starts), ...page.words, ...blind, ...watchedInWords(run)],
  };
}

const oomOfUnknown = ({ ofUnknown }: OomKills): string =>
  `${counted(ofUnknown, 'OOM kill')} in the server's cgroup; whose is not known: the kernel's log (dmesg) names who was killed`;

function oomLines({ inCgroup, ofServer, ofUnknown }: OomKills): readonly string[] {
  if (inCgroup === 0) return [];
  const unknown = ofUnknown === 0 ? '' : `, ${ofUnknown} perhaps of helpers, of which nothing says how they ended`;
  return [`${counted(inCgroup, 'OOM kill')} in the server's cgroup, ${ofServer} of the server's processes${unknown}`];
}

/** What is told of the first ends of each. */
const maxOfStart = 3;

const startLines = (run: Run, starts: readonly FailedStart[]): readonly string[] =>
  starts.flatMap(({ pid, ends }) => [
    `the new master ${pid} failed to start, and no request failed meanwhile`,
    ...ends.slice(0, maxOfStart).flatMap((end) => [endInWords(run, end), ...logLinesOf(end)]),
    ...(ends.length > maxOfStart ? [`and ${ends.length - maxOfStart} more`] : []),
  ]);

/** Each looks at every sample and request. */
const maxDrawn = 3;

const picturesOf = (run: Run, ends: readonly ProcessEnd[]): readonly EndPicture[] =>
  ends.slice(0, maxDrawn).map((end) => endPicture(run, end));

function lostInWords({ count }: NeverAnswered): string {
  return count === 0
    ? ''
    : `; ${counted(count, 'request')} open as one ended got no answer in time, and may have been lost`;
}

function onMachines(run: Run): string {
  const hosts = new Set(processServers(run).map((server) => hostOf(run, server)));
  return hosts.size < 2 ? '' : ` on ${hosts.size} machines`;
}

function unclearEnds(run: Run, { unclear, starts, oom, lost }: Told): Judgement {
  const open = unclear.find((end) => end.open !== null)?.open ?? null;
  const roots = unclear.filter(({ process }) => process.role === 'root').length;
  const workers = [
    ...(unclear.length > roots ? [counted(unclear.length - roots, 'worker')] : []),
    ...(roots > 0 ? [counted(roots, 'root process', 'root processes')] : []),
  ].join(' and ');
  const why = unclear.some(({ kind }) => kind === 'exited')
    ? 'the log says that they exited, not why'
    : logIsWhole(run)
      ? 'nothing says why; no request was cut off. Give the log of their supervisor by --log FILE'
      : 'the log that says whether they were recycled could not be written';
  return {
    status: 'inconclusive',
    summary: open === null ? `${workers} ended, and ${why}` : `${workers} ended: ${open}`,
    evidence: [
      ...startLines(run, starts),
      ...unclear.slice(0, maxTold).map((end) => `${endInWords(run, end)}${lost.inWords(end)}`),
      ...oomLines(oom),
      ...watchedInWords(run),
    ],
  };
}

/** Whether the embedded backend's log, which says that it recycled a worker, holds all that it had to say. */
function logIsWhole({ gaps }: Run): boolean {
  return !gaps.some(({ file }) => file === journalFiles.backendLog);
}

/** Each looks at every request. */
const maxWithRecovery = 10;

/** What more than this many ends have to say is told by those before. */
const maxTold = 20;
const maxWithLog = 5;

function evidenceOf(
  run: Run,
  { ends, crashes, unclear, starts, oom, lost }: Told,
  recoveries: readonly Recovery[],
): readonly string[] {
  const note = restartNote(run);
  const exec = crashOfExec(run);
  const graceful = gracefulIn(ends);
  const inWords = (end: ProcessEnd): string => `${endInWords(run, end)}${lost.inWords(end)}`;
  const more = (all: number): readonly string[] => (all > maxTold ? [`and ${all - maxTold} more`] : []);
  return [
    ...(note === null ? [] : [note]),
    ...startLines(run, starts),
    ...(exec === null
      ? []
      : [
          `the server of --exec ${reasonInWords(exec.how)} ${atSecond(exec.atUs, run.manifest.startedAtUs)}, although nobody had told it to end`,
        ]),
    ...crashes
      .slice(0, maxTold)
      .flatMap((end, n) => [
        `${crashInWords(run, end, recoveries[n])}${lost.inWords(end)}`,
        ...(n < maxWithRecovery ? startsWhileAway(end) : []),
        ...(n < maxWithLog ? logLinesOf(end) : []),
      ]),
    ...more(crashes.length),
    ...unclear.slice(0, maxTold).flatMap((end) => [inWords(end), ...startsWhileAway(end)]),
    ...more(unclear.length),
    ...oomLines(oom),
    ...graceful.slice(0, maxTold).flatMap((end) => [inWords(end), ...startsWhileAway(end)]),
    ...more(graceful.length),
    ...watchedInWords(run),
  ];
}

function crashInWords(run: Run, end: ProcessEnd, recovery: Recovery | undefined): string {
  const text = endInWords(run, end);
  return recovery === undefined ? text : `${text}; ${recoveryInWords(recovery)}`;
}
