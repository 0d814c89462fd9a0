import { maxThreadsWaiting } from '../../contract/journal/full-machine.ts';
import type { ProbeResult, ProcessSample, ServerSampleLine } from '../../contract/journal/journal.ts';
import { isAnswer } from '../../contract/journal/probe-failures.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Span } from '../journal/timeline.ts';
import type { Run } from './run.ts';

/** A server that gets CPU answers its health check sooner, and so does a store. */
export const quickMs = 500;

/** In a shorter silence the waits of the monitor itself, and figures that come once a second, weigh too much. */
const minSilenceUs = 5_000_000;

/** The next question is asked at most this long after one that was given up. */
const nextProbeUs = 1_500_000;

/** A wait counts once it is over, and figures of CPU are told up to a second later: so long after a silence they may still be of it. */
const lumpUs = 2_000_000;

/** A sample that is later than this was held up: so was the monitor, and its probes. What it tells counts for nothing. */
const lateUs = 1_000_000;

/**
 * Of the time that each process of a server ran or waited for a CPU, at most, through a silence that is its own. One that is silent for want of CPU waits
 * through nearly all of it.
 */
const sleptPercent = 25;

/** So many times as long as it was late or said nothing of some process, it must have told. */
const minToldTimes = 3;

type Watched = Pick<ServerTimeline, 'samples' | 'identity'>;

/** By server: several rules ask, and a pass over the samples of a day takes seconds. */
const known = new WeakMap<Watched, readonly Span[]>();

/**
 * When a server answered no health check for long though it had all the CPU that it wanted: each of its processes tells how long it ran and
 * how long it waited for a CPU, and through most of that time it did neither. It slept or was blocked, however full the machine was.
 * None where something that the server asks may have lacked CPU in its place. Worked out once.
 */
export function sleptSilences(run: Pick<Run, 'manifest'>, server: Watched): readonly Span[] {
  const before = known.get(server);
  if (before !== undefined) return before;
  const found = sleptIn(run, server);
  known.set(server, found);
  return found;
}

function sleptIn({ manifest }: Pick<Run, 'manifest'>, server: Watched): readonly Span[] {
  if ((server.identity.unwatched ?? []).length > 0) return [];
  const silences = silencesIn(server.samples).map((span) => new Silence(span));
  let n = 0;
  let beforeUs: number | null = null;
  for (const sample of silences.length === 0 ? [] : server.samples) {
    const { atUs } = sample;
    while ((silences[n]?.span.toUs ?? Number.POSITIVE_INFINITY) + lumpUs < atUs) n += 1;
    for (let at = n; beforeUs !== null; at += 1) {
      const silence = silences[at];
      if (silence === undefined || silence.span.fromUs >= atUs) break;
      silence.add(sample, atUs - beforeUs);
    }
    beforeUs = atUs;
  }
  return silences.filter((silence) => silence.hadCpu(manifest.profile)).map(({ span }) => span);
}

function silencesIn(samples: Iterable<ServerSampleLine>): readonly Span[] {
  const found: { fromUs: number; toUs: number }[] = [];
  let current: { fromUs: number; toUs: number } | null = null;
  for (const { atUs, health } of samples) {
    if (health === null) continue;
    if (health.state !== 'failed' || isAnswer(health.failure)) {
      current = null;
      continue;
    }
    const fromUs = atUs - health.latencyMs * 1000;
    if (current !== null && fromUs - current.toUs <= nextProbeUs) current.toUs = atUs;
    else {
      current = { fromUs, toUs: atUs };
      found.push(current);
    }
  }
  return found.filter(({ fromUs, toUs }) => toUs - fromUs >= minSilenceUs);
}

/** What a server and its stores did through a time in which it answered nothing. */
class Silence {
  readonly #use = new Map<number, CpuUse>();
  readonly #stores = { redis: new StoreAnswers(), database: new StoreAnswers() };
  #toldUs = 0;
  #missingUs = 0;

  constructor(readonly span: Span) {}

  /** @param forUs since the sample before. */
  add({ atUs, processes, redis, database }: ServerSampleLine, forUs: number): void {
    let isTold = forUs <= lateUs && processes.length > 0;
    for (const process of processes) {
      const known = this.#use.get(process.pid) ?? new CpuUse();
      this.#use.set(process.pid, known);
      if (!known.add(process, forUs)) isTold = false;
    }
    if (isTold) this.#toldUs += forUs;
    else if (atUs <= this.span.toUs) this.#missingUs += forUs;
    this.#stores.redis.add(redis);
    this.#stores.database.add(database);
  }

  /** Whether nobody lacked CPU: no process, no store that is behind the server, and not the monitor. */
  hadCpu({ redis, database }: TargetProfile): boolean {
    return (
      this.#toldUs >= minToldTimes * this.#missingUs &&
      (redis === 'none' || this.#stores.redis.areQuick) &&
      // SQLite runs in the server's own processes.
      (database === 'none' || database === 'sqlite' || this.#stores.database.areQuick) &&
      [...this.#use.values()].every(({ percent }) => percent < sleptPercent)
    );
  }
}

/** How long one process ran or waited for a CPU, in the time of which it tells. */
class CpuUse {
  #wantedUs = 0;
  #toldUs = 0;
  #threads: number | null = null;

  /** Whether it tells all: of a thread that has just come, and of more threads than are looked at, the wait is not known. */
  add({ cpuPercent, cpuWaitPercent, threads }: ProcessSample, forUs: number): boolean {
    const isSame = this.#threads === null || this.#threads === threads;
    this.#threads = threads;
    if (cpuPercent === null) return false;
    this.#wantedUs += ((cpuPercent + (cpuWaitPercent ?? 0)) / 100) * forUs;
    this.#toldUs += forUs;
    return isSame && cpuWaitPercent !== undefined && (threads ?? 0) <= maxThreadsWaiting;
  }

  get percent(): number {
    return this.#toldUs === 0 ? 0 : (100 * this.#wantedUs) / this.#toldUs;
  }
}

/** What a store said to the monitor meanwhile: one that answers quickly had CPU. */
class StoreAnswers {
  #quick = 0;
  #others = 0;

  add(probe: ProbeResult | null): void {
    if (probe === null) return;
    if (probe.state === 'ok' && probe.latencyMs < quickMs) this.#quick += 1;
    else this.#others += 1;
  }

  get areQuick(): boolean {
    return this.#quick > 0 && this.#others === 0;
  }
}
