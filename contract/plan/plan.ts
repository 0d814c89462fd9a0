import type { ProbeKind } from './flaws.ts';
import type { Role } from './roles.ts';
import type { ScenarioName } from './scenarios.ts';
import type { SignalVariant } from './signal.ts';
import type { SignalContent } from './signal-content.ts';

/**
 * What one scenario will send: a JSON value, made by planOf before anything is sent and kept in run.json. The generator executes
 * it, and analysis reads it. Times are milliseconds after the end of setup. Its schema stands in contract/journal/plan-schema.ts.
 */
export interface Plan {
  readonly scenario: ScenarioName;
  /** How many webhooks the phases use: created, or the first of the given ones. */
  readonly webhooks: number;
  /** Which of them belongs to the second tenant, if one does. */
  readonly otherTenant?: number;
  /** From the end of setup to the last answer. */
  readonly estimatedMs: number;
  readonly phases: readonly PlannedPhase[];
  /** What the plan could not do as the sizes ask, and why: one sentence each. */
  readonly notes: readonly string[];
  /** Of a long one: its ledger is written in pieces of so many phases, and each is judged by itself. Left out: in one. */
  readonly piecePhases?: number;
  /** Of an own scenario: the k6 thresholds that its user set. Each is a criterion. */
  readonly thresholds?: readonly OwnThreshold[];
}

/** A k6 threshold: `checks`, `rate>0.99`. */
export interface OwnThreshold {
  readonly metric: string;
  readonly expression: string;
}

export interface PlannedPhase {
  /** The name of its k6 scenario, and of its requests in the journal. Unique within the plan. */
  readonly name: string;
  /** What it is for: analysis asks by this. */
  readonly role: Role;
  readonly purpose: 'load' | 'probe';
  /** When its VUs start. */
  readonly startMs: number;
  /** When its last answer is in. */
  readonly endMs: number;
  /** How many requests it sends; the two differ only if the server's answers decide. */
  readonly requests: { readonly min: number; readonly max: number };
  readonly signals: readonly PlannedSignals[];
  readonly schedule: Schedule;
}

/** Signals `first` to `first + count - 1` under one code: see signal-id.ts. */
export interface PlannedSignals {
  readonly code: string;
  readonly first: number;
  readonly count: number;
  /** What differs between the requests of one signal. */
  readonly variant: SignalVariant;
  /** What they hold, as far as the plan says; the rest is made from their numbers: see made-signal.ts. */
  readonly content?: SignalContent;
}

export type Schedule =
  | RapidSchedule
  | RateSchedule
  | RampSchedule
  | ReplaySchedule
  | BurstSchedule
  | PollSchedule
  | CopiesSchedule
  | RoundsSchedule
  | RepeatsSchedule
  | QuotaSchedule
  | ForgedSchedule
  | BoundarySchedule
  | RedeliverySchedule;

export type ScheduleKind = Schedule['kind'];

/** Signals as fast as a few VUs can send them, to one webhook. */
export interface RapidSchedule {
  readonly kind: 'rapid';
  readonly count: number;
  readonly webhook: number;
  readonly vus: number;
}

/** A constant arrival rate: `rate` signals per `perMs`, signal n to the n-th webhook from the first one on, and round again. */
export interface RateSchedule {
  readonly kind: 'rate';
  readonly count: number;
  readonly rate: number;
  readonly perMs: number;
  readonly firstWebhook: number;
  readonly webhooks: number;
}

/** An arrival rate that goes from `startRate` to the rate of each stage, evenly, within the stage's time. Rates are per `perMs`. */
export interface RampSchedule {
  readonly kind: 'ramp';
  readonly count: number;
  readonly startRate: number;
  readonly stages: readonly { readonly ms: number; readonly rate: number }[];
  readonly perMs: number;
  readonly firstWebhook: number;
  readonly webhooks: number;
}

/** Recorded signals, each at its own time: signal n for the n-th webhook from the first one on, and round again. */
export interface ReplaySchedule {
  readonly kind: 'replay';
  readonly count: number;
  /** After the start of the phase, in order of time. */
  readonly timesMs: readonly number[];
  /** Which of the phase's signals each one is; left out: each is a signal of its own. */
  readonly signals?: readonly number[];
  readonly firstWebhook: number;
  readonly webhooks: number;
  /** A VU waits for the time of the next signal, and for its answer: so many may wait at once. */
  readonly vus: number;
}

/** A phase in steps. A VU group does a step together; if steps overlap, several VU groups take turns. */
export interface VuGroups {
  readonly steps: number;
  readonly vusPerGroup: number;
  readonly groups: number;
}

/** Steps at equal distances, step n for the n-th webhook from the first one on, and round again. */
export interface Timetable extends VuGroups {
  readonly firstMs: number;
  readonly everyMs: number;
  readonly firstWebhook: number;
  readonly webhooks: number;
}

/** Distinct signals at the instant of each step. */
export interface BurstSchedule extends Timetable {
  readonly kind: 'burst';
  /** Signals of a step. */
  readonly atOnce: number;
  /** With another X-Forwarded-For each time. */
  readonly forged: boolean;
}

/** A burst at the instant of each step; then one signal each `pollMs` until one is admitted, but no longer than `pollForMs`. */
export interface PollSchedule extends Timetable {
  readonly kind: 'poll';
  readonly atOnce: number;
  readonly pollMs: number;
  readonly pollForMs: number;
}

/** Signal n at the instant of step n, once from every VU of the group. */
export interface CopiesSchedule extends Timetable {
  readonly kind: 'copies';
}

/** Distinct signals at the instant of each step: VU n of the group sends to the n-th webhook, and round again. */
export interface RoundsSchedule extends Timetable {
  readonly kind: 'rounds';
}

/** Signal n at the instant of step n, and again after each gap. */
export interface RepeatsSchedule extends Timetable {
  readonly kind: 'repeats';
  /**
   * In TTLs. Below 1 a gap counts from the first sending, above from the first answer: so it surely lies on its side of the TTL.
   */
  readonly gapsTtl: readonly number[];
  /** No repeat follows the request before it sooner than this: a strict limiter would refuse it. */
  readonly minGapMs: number;
  readonly ttlMs: number;
  /** Keys may live so much shorter or longer: gaps leave this time around the TTL out. */
  readonly toleranceMs?: number;
  /** Repeats of every other round of webhooks go over a new connection: see `isReconnected`. In plans of before it is left out. */
  readonly reconnects?: true;
}

/** In each step one signal, `partMs` later repeats of it, and after as long again distinct ones: with the first they make the limit. */
export interface QuotaSchedule extends Timetable {
  readonly kind: 'quota';
  readonly repeats: number;
  readonly distinct: number;
  readonly partMs: number;
}

/**
 * Signal n at the instant of step n, with one of the flaws in turn, or a right one, with spaces or without. One that is to be replayed
 * goes out as it should, and again, byte for byte, `replayGapMs` after its answer. The last steps send false ones again, as they should
 * have been: see forged-steps.ts.
 */
export interface ForgedSchedule extends Timetable {
  readonly kind: 'forged';
  readonly flaws: readonly ProbeKind[];
  readonly replayGapMs: number;
  /** How old a stale signal is. */
  readonly staleMs: number;
  /** Which signals the last steps send again; in plans of before there were any it is left out. */
  readonly corrected?: readonly number[];
}

/**
 * Signal n at the instant of step n. Its connection is cut, and it is sent again after a pause, until one attempt is answered as
 * accepted or duplicate: see redelivery-times.ts.
 */
export interface RedeliverySchedule extends Timetable {
  readonly kind: 'redelivery';
  /** How long after the first attempt was written its connection is cut; null: its answer is awaited. Signals take them in turn. */
  readonly cutsMs: readonly (number | null)[];
  /** Before the second attempt, the third, and so on. */
  readonly pausesMs: readonly number[];
  /** Before the second attempt of every other round of `cutsMs`, while the server may still work on the first. */
  readonly soonMs: number;
  /** The third attempt and later ones are not sent later than this after the first: they would lie past the TTL. */
  readonly withinMs: number;
}

/** The limit just before an instant and the limit just after it, at many offsets of the window: see boundary-probe.ts. */
export interface BoundarySchedule extends VuGroups {
  readonly kind: 'boundary';
  readonly startMs: number;
  /** Offsets of the window. */
  readonly offsets: number;
  /** Steps that lie within one window, each on a webhook of its own. */
  readonly perRound: number;
  readonly windowMs: number;
  readonly firstWebhook: number;
  /** Signals before the instant, and again after it. */
  readonly atOnce: number;
  readonly halfGapMs: number;
}
