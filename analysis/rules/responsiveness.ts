import { reasonInWords, saidIn } from '../../contract/journal/end-reasons.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { restingPercent } from '../interpret/full-machine.ts';
import { type Run, viewOf } from '../interpret/run.ts';
import { apartInWords, apartUs, clockRemedy } from '../journal/server.ts';
import type { Samples } from '../journal/server-samples.ts';
import { answersWithin } from '../processes/answers-within.ts';
import { alignedUs, answeredMeanwhile, isBlocked, longestOf, silentMs } from '../processes/blocked.ts';
import { type Recovery, recoveryFrom, recoveryInWords, recoveryMeasures } from '../processes/recovery.ts';
import { healthTimeline, type Silence, type SilenceCause } from '../processes/silences.ts';
import { atSecond, counted, millis } from '../words.ts';
import type { Advice } from './advice.ts';
import { absent } from './foreseen.ts';
import { count, measure } from './measure.ts';
import { blockedAdvice } from './response-time.ts';
import { type Judgement, monitorFiles, type Rule } from './rule.ts';

const busyPercent = 80;

const maxTold = 10;

const lines = {
  blocked: blockedAdvice,
  busy: 'a whole core meanwhile: a long computation in an event loop, such as JSON, a regular expression or cryptography',
  behind: 'a health check should not queue behind requests: give it threads, or a process, of its own',
  refused:
    'nobody listened while its processes lived: does a restart end the old workers, or close their socket, before new ones listen, and does a worker that fails to listen end?',
  thread:
    'a thread ended by an exception that nobody caught, as the log says, and the rest lived on: catch it, or let the process end with it and be started anew (a JVM: -XX:+ExitOnOutOfMemoryError)',
  errors:
    'errors of the health check: the log of the server at these times, and what the check itself asks (a database, Redis)',
} as const;

export const responsiveness: Rule<'responsiveness'> = {
  id: 'responsiveness',
  title: 'Responsiveness while the server runs',
  question: 'Are response times in budget?',
  evidence:
    "the monitor's health check, once a second, while the server's processes lived; what they used of the CPU meanwhile",
  thresholds: ({ responsiveness: { warnMs, failMs } }) => ({
    pass: `answered within ${warnMs} ms`,
    warn: `silent for ${warnMs} ms, or answered with errors for as long`,
    fail: `silent for ${failMs} ms, and no request was answered either`,
  }),
  faults: ['frozen event loop', 'exhausted thread pool', 'answers with errors'],
  advice: Object.values(lines),
  scenarios: null,
  foretold: ({ profile }) =>
    profile.monitoring.health === null ? absent('the profile declares no health check') : null,
  needsPlan: 'most',
  needs: monitorFiles,
  judge(run) {
    const { manifest } = run;
    const { warnMs, failMs } = manifest.profile.criteria.responsiveness;
    if (manifest.profile.monitoring.health === null) {
      return { status: 'not-applicable', summary: 'the profile declares no health check' };
    }
    const asking = run.servers.filter(({ samples }) => asksHealth(samples));
    if (asking.length === 0) {
      return run.servers.every(({ samples }) => samples.length === 0)
        ? { status: 'inconclusive', summary: 'no monitor asked the server for its health' }
        : {
            status: 'not-run',
            summary: 'the monitor was not told where to ask for the health of the server: give it --base-url',
          };
    }
    // A silence is laid beside the requests meanwhile.
    const unaligned = asking.find((server) => apartUs(server) > alignedUs);
    if (unaligned !== undefined) {
      const clock = apartInWords(unaligned);
      return {
        status: 'inconclusive',
        summary: `health checks cannot be aligned with the load: ${clock}; ${clockRemedy}`,
      };
    }
    const timelines = asking.map((server) => healthTimeline(viewOf(run, server), server, warnMs));
    return judgement(run, {
      ...{ warnMs, failMs },
      asked: timelines.reduce((sum, { asked }) => sum + asked, 0),
      longestMs: timelines.reduce((most, { longestMs }) => Math.max(most, longestMs), 0),
      silences: timelines.flatMap(({ silences }) => silences),
    });
  },
};

function asksHealth(samples: Samples): boolean {
  for (const { health } of samples) if (health !== null) return true;
  return false;
}

interface Judged {
  readonly asked: number;
  readonly longestMs: number;
  readonly silences: readonly Silence[];
  readonly warnMs: number;
  readonly failMs: number;
}

function judgement(run: Run, { asked, longestMs, silences, warnMs, failMs }: Judged): Judgement {
  const own = silences.filter(({ cause }) => cause === 'server');
  const unclear = silences.filter(({ cause }) => cause === 'no-cpu' || cause === 'unseen');
  const ended = silences.filter(({ cause }) => cause === 'ended');
  const longest = longestOf(own);
  // Whoever answers other requests is not frozen as a whole: the check waits behind them, or one worker of several stands still.
  const statusOf = ({ error, fromUs, toUs, apartUs }: Silence): Status =>
    error === null && answersWithin(run, fromUs + apartUs, toUs - apartUs).longestGapMs >= failMs ? 'fail' : 'warn';
  const status: Status = own.some((each) => statusOf(each) === 'fail')
    ? 'fail'
    : own.length > 0
      ? 'warn'
      : unclear.length > 0
        ? 'inconclusive'
        : 'pass';
  return {
    status,
    ...(longest === null ? {} : { advice: adviceOn(run, longest) }),
    summary: summaryOf(run, longest, { unclear, ended, own: own.length, asked, longestMs }),
    measures: [
      measure('longest-silence', lengthMs(longest), 'ms', { threshold: warnMs }),
      count('silences', own.length, { threshold: 0 }),
      measure('longest-answer', longestMs, 'ms'),
      count('health-checks', asked),
      ...recoveryMeasures(own.slice(0, maxTold).map((each) => recoveryOf(run, each))),
    ],
    evidence: silences
      .slice(0, maxTold)
      .flatMap((silence) => [silenceInWords(run, silence), ...threadInWords(run, silence)]),
  };
}

/** How long requests failed with a silence. */
const recoveryOf = (run: Run, silence: Silence): Recovery => recoveryFrom(run, silence, silence.apartUs);

const lengthMs = (silence: Silence | null): number => (silence === null ? 0 : silentMs(silence));

interface Counts {
  readonly own: number;
  readonly ended: readonly Silence[];
  readonly unclear: readonly Silence[];
  readonly asked: number;
  readonly longestMs: number;
}

function summaryOf(run: Run, longest: Silence | null, { own, ended, unclear, asked, longestMs }: Counts): string {
  if (longest !== null) {
    const what = whatItDid(longest);
    const more = own === 1 ? '' : `, and ${counted(own - 1, 'time')} more`;
    return `the server ran and ${what} for at least ${(lengthMs(longest) / 1000).toFixed(1)} s${beside(run, longest)}${more}`;
  }
  const [first] = unclear;
  if (first !== undefined) {
    const why =
      first.cause === 'unseen'
        ? 'nobody watched whether its processes lived'
        : 'the machine had no CPU to spare: whose delay that was is not known';
    return `the health check was not answered for ${(lengthMs(first) / 1000).toFixed(1)} s, and ${why}`;
  }
  const after = ended.reduce((most, each) => Math.max(most, lengthMs(each)), 0);
  const dead = after > 0 ? `; none was answered for ${(after / 1000).toFixed(1)} s after a process had ended` : '';
  return `${counted(asked, 'health check')}, the longest took ${millis(longestMs)}${dead}`;
}

function whatItDid({ error, isRefused }: Silence): string {
  if (error !== null) return `answered it with ${error}`;
  return isRefused ? 'refused the connections of its health check' : 'did not answer its health check';
}

/** By what the server did in the longest silence. */
function adviceOn(run: Run, silence: Silence): readonly Advice[] {
  const { error, cpuPercent, busiest, isRefused, thread } = silence;
  if (error !== null) return [lines.errors];
  if (thread !== null) return [lines.thread, ...(isRefused ? [lines.refused] : [lines.blocked])];
  if (isRefused) return [lines.refused];
  if (isBlocked(run, silence)) return [lines.blocked];
  if (answeredMeanwhile(run, silence) !== null) return [lines.behind, lines.blocked];
  if (cpuPercent === null) return [lines.blocked, lines.busy];
  return (busiest?.cpuPercent ?? 0) >= busyPercent ? [lines.busy] : [lines.blocked, lines.busy];
}

/** What else it did meanwhile. */
function beside(run: Run, silence: Silence): string {
  const answered = answeredMeanwhile(run, silence);
  if (silence.isRefused) {
    const kept =
      answered === null ? '' : `, while it answered ${counted(answered, 'request')} over connections that it had`;
    return `${kept}: nobody listened`;
  }
  if (answered === null) return cpuInWords(silence);
  return `, while it answered ${counted(answered, 'request')}: the check waited behind them, or one worker of several stood still`;
}

function cpuInWords({ cpuPercent, busiest, error }: Silence): string {
  if (cpuPercent === null || error !== null) return '';
  if (cpuPercent < restingPercent) return `, blocked: its processes used ${cpuPercent.toFixed(0)}% of a core`;
  const who = busiest === null ? '' : ` (${busiest.role} ${busiest.pid})`;
  const isBusy = (busiest?.cpuPercent ?? 0) >= busyPercent;
  return `, ${isBusy ? 'busy: ' : ''}its processes used ${cpuPercent.toFixed(0)}% of a core${who}`;
}

const causes: Readonly<Record<SilenceCause, string>> = {
  server: '',
  ended: '; a process of it had ended, see worker crashes',
  here: '; monitor or generator stood still, too: not judged',
  unseen: '; nobody watched its processes',
  'no-cpu': '; others took all of the machine: not judged',
};

/** What may be why. */
function threadInWords(run: Run, { thread }: Silence): readonly string[] {
  if (thread === null) return [];
  const told = saidIn(thread);
  const what = told === null ? 'had a thread that ended' : reasonInWords(told);
  const said = `as it fell silent, its log said ${atSecond(thread.atUs, run.manifest.startedAtUs)} that it ${what}`;
  return [said, ...(thread.lines ?? []).map((line) => `log: ${line}`)];
}

function silenceInWords(run: Run, silence: Silence): string {
  const { fromUs, error, isRefused, isOver, cause } = silence;
  const none = isRefused ? 'connections of the health check refused' : 'no answer to the health check';
  const what = error === null ? none : `${error} to the health check`;
  const length = `for ${(lengthMs(silence) / 1000).toFixed(1)} s ${atSecond(fromUs, run.manifest.startedAtUs)}`;
  const after = cause === 'here' ? '' : `; ${recoveryInWords(recoveryOf(run, silence))}`;
  return `${what} ${length}${isOver ? '' : ', to the end'}${beside(run, silence)}${after}${causes[cause]}`;
}
