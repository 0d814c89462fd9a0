import type { AlertLine, ProbeResult, ProcessSample } from '../../contract/journal/journal.ts';
import { isAnswer } from '../../contract/journal/probe-failures.ts';
import { restartSpan } from '../interpret/restart.ts';
import type { Run } from '../interpret/run.ts';
import { saturationsOf } from '../interpret/saturation.ts';
import { sleptSilences } from '../interpret/slept.ts';
import { coverHalf, mergedSpans } from '../interpret/spans.ts';
import { generatorsHere, stallsOfMachine } from '../interpret/stalls.ts';
import { apartUs, type ServerTimeline } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';
import { processEnds } from './ends.ts';
import { type Meanwhile, meanwhile } from './meanwhile.ts';

/** An end shows in the first sample after it, and what it broke off before that. */
const nearEndUs = 2_000_000;

/** A sample that is later than this was held up: so was the monitor, and its probes. */
const lateUs = 1_000_000;

/**
 * Whose the silence was: `server` while its processes lived; `ended`: a process of it had ended, or it was restarted; `here`: the monitor or
 * the generator stood still; `no-cpu`: others took all of the machine; `unseen`: nobody watched its processes.
 */
export type SilenceCause = 'server' | 'ended' | 'here' | 'no-cpu' | 'unseen';

/** A time in which the health check got no answer, or only errors. */
export interface Silence {
  /** When the first question was asked that was answered late or never. */
  readonly fromUs: number;
  /** Of the next answer, or of the last look. */
  readonly toUs: number;
  readonly cause: SilenceCause;
  /** What the server said meanwhile, such as `HTTP 503`; null if nothing. */
  readonly error: string | null;
  /** Whether each connection of the health check was refused: nobody listened. */
  readonly isRefused: boolean;
  /** What its log said of a thread that ended right before it fell silent; null for nothing. */
  readonly thread: AlertLine | null;
  /** What its processes used meanwhile, in percent of one core; null if no sample tells. */
  readonly cpuPercent: number | null;
  /** The one that used most. */
  readonly busiest: ProcessSample | null;
  /** Whether there was an answer after it. */
  readonly isOver: boolean;
  /** How far its times may be off beside those of the load. */
  readonly apartUs: number;
}

export interface HealthTimeline {
  /** How many times the server was asked while load ran. */
  readonly asked: number;
  /** Of the answers that were none too late: the longest wait. */
  readonly longestMs: number;
  readonly silences: readonly Silence[];
}

const nothingSeen: Meanwhile = { sawNone: false, isFull: false, cpuPercent: null, busiest: null };

type Seen = Pick<Silence, 'fromUs' | 'toUs' | 'error' | 'isRefused' | 'isOver'>;

/** What the monitor's health checks show while load ran; silences of `minMs` and more. */
export function healthTimeline(run: Run, server: ServerTimeline, minMs: number): HealthTimeline {
  const [loadFromUs, loadUntilUs] = loadSpan(run);
  // What surely lies within, whatever the clocks leave open.
  const wideUs = apartUs(server);
  const [fromUs, untilUs] = [loadFromUs + wideUs, loadUntilUs - wideUs];
  const finder = new SilenceFinder(minMs * 1000);
  const late: Span[] = [];
  let lastUs: number | null = null;
  for (const { atUs, health } of server.samples) {
    if (lastUs !== null && atUs - lastUs > server.identity.intervalMs * 1000 + lateUs) {
      late.push({ fromUs: lastUs, toUs: atUs });
    }
    lastUs = atUs;
    if (atUs >= fromUs && atUs <= untilUs && health !== null) finder.add(atUs, health);
  }
  const seen = finder.end(Math.min(lastUs ?? untilUs, untilUs));
  return {
    asked: finder.asked,
    longestMs: finder.longestUs / 1000,
    silences: seen.length === 0 ? [] : withCauses(run, server, { seen, late }),
  };
}

function loadSpan({ scenarios }: Run): readonly [number, number] {
  const from = scenarios.reduce((min, { window }) => Math.min(min, window.startedAtUs), Number.POSITIVE_INFINITY);
  const until = scenarios.reduce((max, { window }) => Math.max(max, window.endedAtUs ?? Number.POSITIVE_INFINITY), 0);
  return [from, until];
}

const isServerError = ({ status = 0 }: { readonly status?: number }): boolean => Math.floor(status / 100) === 5;

/** Joins answers that never came with the late one that ends them, and errors that follow one another. */
class SilenceFinder {
  asked = 0;
  longestUs = 0;
  readonly #minUs: number;
  readonly #found: Seen[] = [];
  #silentSinceUs: number | null = null;
  /** Of the silence that lasts. */
  #isRefused = true;
  #errorsSince: { readonly fromUs: number; readonly error: string } | null = null;

  constructor(minUs: number) {
    this.#minUs = minUs;
  }

  add(atUs: number, result: ProbeResult): void {
    this.asked += 1;
    const tookUs = result.state === 'unavailable' ? 0 : result.latencyMs * 1000;
    if (result.state === 'failed' && !isAnswer(result.failure)) {
      this.#silentSinceUs ??= atUs - tookUs;
      this.#isRefused &&= result.failure === 'refused';
      return;
    }
    this.#endSilence(atUs - tookUs, atUs, true);
    this.longestUs = Math.max(this.longestUs, tookUs);
    const error = result.state === 'failed' && isServerError(result) ? result.reason : null;
    if (error !== null) this.#errorsSince ??= { fromUs: atUs - tookUs, error };
    else this.#endErrors(atUs, true);
  }

  end(atUs: number): readonly Seen[] {
    if (this.#silentSinceUs !== null) this.#endSilence(this.#silentSinceUs, atUs, false);
    this.#endErrors(atUs, false);
    return this.#found.toSorted((a, b) => a.fromUs - b.fromUs);
  }

  #endSilence(askedUs: number, toUs: number, isOver: boolean): void {
    const isRefused = this.#silentSinceUs !== null && this.#isRefused;
    this.#put({ fromUs: this.#silentSinceUs ?? askedUs, toUs, error: null, isRefused, isOver });
    this.#silentSinceUs = null;
    this.#isRefused = true;
  }

  #endErrors(toUs: number, isOver: boolean): void {
    if (this.#errorsSince !== null) this.#put({ ...this.#errorsSince, toUs, isRefused: false, isOver });
    this.#errorsSince = null;
  }

  #put(seen: Seen): void {
    if (seen.toUs - seen.fromUs >= this.#minUs) this.#found.push(seen);
  }
}

function withCauses(
  run: Run,
  server: ServerTimeline,
  { seen, late }: { readonly seen: readonly Seen[]; readonly late: readonly Span[] },
): readonly Silence[] {
  const isWatched = server.identity.rootPid !== 0;
  // What a generator on another machine suffers delays no health check here.
  const generators = server.clock.source === 'own' ? run.scenarios : [];
  const ends = processEnds(run).filter(({ process }) => process.role !== 'helper');
  const restart = restartSpan(run);
  const stalls = mergedSpans([...late, ...generators.flatMap((scenario) => stallsOfMachine(run, scenario))]);
  const here = generatorsHere(run);
  const withoutCpu = mergedSpans(generators.flatMap((scenario) => saturationsOf(run, scenario).ofAny(here)));
  const slept = sleptSilences(run, server);
  const seenMeanwhile = meanwhile(server.samples, seen);
  return seen.map((each, n) => {
    const { fromUs, toUs } = each;
    const { sawNone, isFull, cpuPercent, busiest } = seenMeanwhile[n] ?? nothingSeen;
    const isEnded =
      isWatched &&
      (sawNone ||
        ends.some(({ lastSeenUs, atUs }) => lastSeenUs <= fromUs + nearEndUs && atUs >= fromUs - nearEndUs) ||
        (restart !== null && fromUs <= restart.toUs + nearEndUs && toUs >= restart.fromUs));
    const cause = isEnded
      ? 'ended'
      : coverHalf(stalls, each)
        ? 'here'
        : (isFull && !coverHalf(slept, each)) || coverHalf(withoutCpu, each)
          ? 'no-cpu'
          : isWatched
            ? 'server'
            : 'unseen';
    const thread = cause === 'server' ? endedThread(server, each) : null;
    return { ...each, cause, thread, cpuPercent, busiest, apartUs: apartUs(server) };
  });
}

/** The last one before the silence, or as it began. */
function endedThread({ alerts }: Pick<ServerTimeline, 'alerts'>, { fromUs, error }: Seen): AlertLine | null {
  if (error !== null) return null;
  const isNear = ({ means, atUs }: AlertLine): boolean =>
    means === 'thread-ended' && atUs >= fromUs - nearEndUs && atUs <= fromUs + nearEndUs;
  return alerts.filter(isNear).at(-1) ?? null;
}
