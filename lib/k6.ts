import type { Options } from 'k6/options';
import type { Outcome } from '../contract/journal/outcomes.ts';
import type {
  Burst,
  ConstantRate,
  OwnPhase,
  RampingRate,
  Replay,
  Retries,
  RetryPattern,
  Target,
} from '../contract/plan/own/phases.ts';
import type { BuiltInScenario } from '../contract/plan/scenarios.ts';
import type { SignalContent } from '../contract/plan/signal-content.ts';
import { sendPhase } from './execute.ts';
import type { GivenOptions } from './given-options.ts';
import { around } from './lazy-parts.ts';
import { plannedHere } from './planned.ts';
import { countReadback } from './recorded-readback.ts';
import type { RunData } from './run-data.ts';
import type { Criteria, Thresholds } from './thresholds.ts';

// What a scenario is written with: ours in scenarios/, and own ones as `webhook-stress/k6`. Every VU runs what stands at the top
// of a module: what takes long is made in `lazy:once`, by the first of them, and what few need in lib/lazy-parts.ts.

export type {
  Burst,
  ConstantRate,
  Criteria,
  Outcome,
  OwnPhase,
  RampingRate,
  Replay,
  Retries,
  RetryPattern,
  RunData,
  SignalContent,
  Target,
  Thresholds,
};

/** A scenario as k6 runs it: `export const options = planned.options(); export const setup = planned.setup;` */
export interface Planned {
  /**
   * k6's options. Thresholds go by metric, as k6 takes them; those of an own scenario are criteria of the report. `onlyPlanned` says that
   * `send` is `planned.send` and nothing else: then no JavaScript runs for a signal, which costs the generator a fraction.
   */
  readonly options: (own?: GivenOptions) => Options;
  /** Gets the webhooks. k6 hands what it returns to every VU. */
  readonly setup: () => RunData;
  /**
   * One iteration: sends what the plan says for it.
   * @returns the outcome of the signal that it sent, of several the last one; null if it sent none.
   */
  readonly send: (run: RunData) => Outcome | null;
}

/**
 * One scenario, which a file holds.
 * @param name that of the file: `market-open` stands in market-open.ts.
 * @param plan its phases. It is asked for once, before anything is sent, and must give the same each time.
 */
export function scenario(name: string, plan: (target: Target) => readonly OwnPhase[]): Planned;
/** One of ours, with its own plan. */
export function scenario(name: BuiltInScenario): Planned;
export function scenario(name: string, own: ((target: Target) => readonly OwnPhase[]) | null = null): Planned {
  const plan = plannedHere(name, own);
  // VU 0 is that of setup and teardown.
  if (__VU === 0 || plan.isPolled) countReadback();
  return {
    // k6 reads the options of the first script context only; the others need not compute them.
    options: (given) => (__VU > 0 ? {} : around().stressOptions(plan, own !== null, given)),
    setup: () => around().provision(plan.webhooks, plan.otherTenant),
    send: (run) => sendPhase(plan, run),
  };
}

/** So many signals a second, for so long. */
export const constantRate = (phase: ConstantRate): OwnPhase => ({ kind: 'constant-rate', ...phase });

/** From the start on, and from stage to stage, the rate changes evenly. */
export const rampingRate = (phase: RampingRate): OwnPhase => ({ kind: 'ramping-rate', ...phase });

/** Signals at one instant, distinct ones or one signal so often, each over an open connection of its own. */
export const burst = (phase: Burst): OwnPhase => ({ kind: 'burst', ...phase });

/** The signals of a file, at their own pace or faster: CSV or NDJSON with time, action, ticker, quantity, price and id. */
export const replay = (phase: Replay): OwnPhase => ({ kind: 'replay', ...phase });

/** Signals whose first attempts are cut off, and sent again as a real sender does, until one is answered. */
export const retries = (phase: Retries): OwnPhase => ({ kind: 'retries', ...phase });

/** Export it as `teardown`: it asks the server what it processed. */
export const readBack = (run: RunData): void => around().readBack(run);

/** Export it under its own name: it writes k6's summary for the report. */
export const handleSummary = (data: Record<string, unknown>): Record<string, string> | undefined =>
  around().handleSummary(data);
