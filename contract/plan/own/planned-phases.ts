import { answersMs, type Rate } from '../limits.ts';
import type { PlannedPhase, PlannedSignals, RampSchedule, Schedule } from '../plan.ts';
import { requestsOf } from '../planned-phase.ts';
import { rampMs } from '../ramp.ts';
import { countWithin, lengthMs } from '../rate-phase.ts';
import type { OwnRole } from '../roles.ts';
import type { SignalContent } from '../signal-content.ts';
import { timetable } from '../timetable.ts';
import { maxWithin } from './beyond-limit.ts';
import type { Burst, ConstantRate, OwnPhase, RampingRate, Replay, Retries } from './phases.ts';
import { recordedSignals } from './recorded-signals.ts';
import { replayed } from './replayed.ts';
import { retryTimes } from './retry-times.ts';
import type { OwnSituation } from './situation.ts';

// Each phase of an own scenario as a phase of the plan.

export interface Place {
  /** When its first signal is due. */
  readonly atMs: number;
  /** Its VUs start so long before. */
  readonly leadMs: number;
  /** Number of its first signal. */
  readonly first: number;
  readonly webhooks: number;
}

export interface Made {
  readonly phase: PlannedPhase | null;
  readonly problems: readonly string[];
}

interface Details {
  readonly name: string;
  readonly role: OwnRole;
  readonly startMs: number;
  readonly endMs: number;
  readonly signals: Pick<PlannedSignals, 'first' | 'count'>;
  readonly content?: SignalContent | undefined;
}

function phaseOf(schedule: Schedule, { name, role, startMs, endMs, signals, content }: Details): Made {
  const own = { code: '', ...signals, variant: 'none' as const };
  return {
    phase: {
      ...{ name, role, purpose: 'load', startMs, endMs },
      requests: requestsOf(schedule),
      signals: [content === undefined ? own : { ...own, content }],
      schedule,
    },
    problems: [],
  };
}

export function plannedOf(phase: OwnPhase, place: Place, situation: OwnSituation): Made {
  switch (phase.kind) {
    case 'constant-rate':
      return constantRate(phase, place);
    case 'ramping-rate':
      return rampingRate(phase, place);
    case 'burst':
      return burst(phase, place);
    case 'replay':
      return replay(phase, place, situation);
    case 'retries':
      return retries(phase, place, situation);
  }
}

/** k6 takes whole rates: a fraction is one per thousand seconds. */
const exactPerMs = (rates: readonly number[]): number => (rates.every(Number.isInteger) ? 1000 : 1_000_000);
const wholeRate = (perSecond: number, perMs: number): number => Math.round((perSecond * perMs) / 1000);

function constantRate({ name, perSecond, seconds, content }: ConstantRate, { atMs, first, webhooks }: Place): Made {
  const perMs = exactPerMs([perSecond]);
  const rate: Rate = { rate: wholeRate(perSecond, perMs), perMs };
  const count = countWithin(seconds * 1000, rate);
  const schedule = { kind: 'rate', count, ...rate, firstWebhook: 0, webhooks } as const;
  const endMs = atMs + Math.max(lengthMs(schedule), Math.ceil(seconds * 1000));
  return phaseOf(schedule, {
    name,
    role: 'own.constant-rate',
    startMs: atMs,
    endMs,
    signals: { first, count },
    content,
  });
}

/** What k6 starts of a ramp: one each time that the area under the rate grows by one. */
function countOf({ startRate, stages, perMs }: Pick<RampSchedule, 'startRate' | 'stages' | 'perMs'>): number {
  let [area, from] = [0, startRate];
  for (const { ms, rate } of stages) {
    area += (ms * (from + rate)) / 2;
    from = rate;
  }
  // Rates and times of whole numbers give an exact area; a fraction of a millionth is none.
  return Math.floor(area / perMs + 1e-6);
}

function rampingRate(phase: RampingRate, { atMs, first, webhooks }: Place): Made {
  const { name, startPerSecond = 0, content } = phase;
  const perMs = exactPerMs([startPerSecond, ...phase.stages.map(({ perSecond }) => perSecond)]);
  const ramp = {
    startRate: wholeRate(startPerSecond, perMs),
    stages: phase.stages.map(({ seconds, perSecond }) => ({
      ms: Math.round(seconds * 1000),
      rate: wholeRate(perSecond, perMs),
    })),
    perMs,
  };
  const count = countOf(ramp);
  if (count === 0) return { phase: null, problems: ['its stages make no signal: raise the rates, or the seconds'] };
  const schedule = { kind: 'ramp', count, ...ramp, firstWebhook: 0, webhooks } as const;
  const endMs = atMs + rampMs(ramp) + answersMs;
  return phaseOf(schedule, {
    name,
    role: 'own.ramping-rate',
    startMs: atMs,
    endMs,
    signals: { first, count },
    content,
  });
}

function burst({ name, count, identical = false, content }: Burst, place: Place): Made {
  const { atMs, leadMs, first, webhooks } = place;
  const { table, startMs, endMs } = timetable({
    ...{ startMs: atMs - leadMs, leadMs, everyMs: answersMs, stepMs: answersMs, steps: 1 },
    ...{ vusPerGroup: count, firstWebhook: 0, webhooks: identical ? 1 : webhooks },
  });
  const [kind, role, signals] = identical
    ? (['copies', 'own.identical', 1] as const)
    : (['rounds', 'own.burst', count] as const);
  return phaseOf({ kind, ...table }, { name, role, startMs, endMs, signals: { first, count: signals }, content });
}

/** VUs that wait for the time of a signal, or for its answer; more would need more than a generator has. */
const [minVus, maxVus] = [10, 500] as const;

function replay({ name, file, speed = 1 }: Replay, { atMs, first, webhooks }: Place, situation: OwnSituation): Made {
  const text = readable(() => situation.read(file));
  if (text === null)
    return { phase: null, problems: [`${file} cannot be read: its path counts from the scenario's folder`] };
  const { rows, problems: unread } = recordedSignals(text, file);
  const { timesMs, signals, count, content, problems } = replayed(rows, speed, file);
  if (unread.length + problems.length > 0) return { phase: null, problems: [...unread, ...problems] };
  const schedule = {
    ...({ kind: 'replay', count: rows.length, timesMs } as const),
    ...(signals === undefined ? {} : { signals }),
    ...{ firstWebhook: 0, webhooks },
    vus: Math.min(rows.length, Math.max(minVus, Math.min(maxVus, maxWithin(timesMs, 1000)))),
  };
  const endMs = atMs + Math.ceil(timesMs.at(-1) ?? 0) + answersMs;
  return phaseOf(schedule, { name, role: 'own.replay', startMs: atMs, endMs, signals: { first, count }, content });
}

function readable(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** VU groups of one: each waits between the attempts of its signal. */
const maxWaiting = 1000;

function retries(phase: Retries, { atMs, leadMs, first, webhooks }: Place, { profile }: OwnSituation): Made {
  const { name, count, content } = phase;
  const { everyMs, stepMs, cutsMs, pausesMs, soonMs, withinMs } = retryTimes(phase, profile, webhooks);
  const { table, startMs, endMs } = timetable({
    ...{ startMs: atMs - leadMs, leadMs, everyMs, stepMs, steps: count },
    ...{ vusPerGroup: 1, firstWebhook: 0, webhooks },
  });
  if (table.groups > maxWaiting) {
    return {
      phase: null,
      problems: [`${table.groups} signals would wait for their next attempt at once: raise everyMs, or faster`],
    };
  }
  const schedule = { kind: 'redelivery', ...table, cutsMs, pausesMs, soonMs, withinMs } as const;
  return phaseOf(schedule, { name, role: 'own.retries', startMs, endMs, signals: { first, count }, content });
}
