import { isKeyShared } from '../profile/idempotency-key.ts';
import { identifyingField } from '../profile/identifying-field.ts';
import { keyLifeInWords } from '../profile/key-life.ts';
import { placeholdersIn } from '../profile/placeholders.ts';
import type { TargetProfile } from '../profile/profile.ts';
import {
  answersMs,
  atOnce,
  isShared,
  keyLife,
  leadMsOf,
  perSecond,
  quietMs,
  roundGapMs,
  uncappedRate,
  webhooksOf,
  windowMs,
} from './limits.ts';
import type { PlannedPhase } from './plan.ts';
import { plannedPhase } from './planned-phase.ts';
import { gapSuffix, idempotencyGaps, repeatTimes, repeatUnit } from './repeats.ts';
import type { BuiltInRole } from './roles.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import type { SignalVariant } from './signal.ts';
import { keyEveryMs, keyGapMs, keyPeriod, spreadOver } from './signal-key.ts';
import type { Sizes } from './sizes.ts';
import { timetable } from './timetable.ts';

/** Webhooks of each phase if they are created; those of the odds are the others' again, when these are through. */
const eachGap = 2;
const eachVariant = 3;
/** If signals have keys in common: an odd number gets each webhook signals of every key. */
const eachCoarse = 9;
const burstWebhooks = 10;
const forOdds = 150;
/** What two cores can send beside the server, each key twice; on so many webhooks that is half of their limit, so that what
 * is sent late does not exceed it. */
const maxOddsPerSecond = 400;
/** Members of a VU group for one burst. */
const maxAtOnce = 30;

interface Variant {
  readonly role: BuiltInRole;
  readonly gapsTtl: readonly number[];
  readonly variant: SignalVariant;
  readonly webhooks: number;
  readonly suffix?: string;
  readonly first?: number;
}

/** A tolerance of more of the TTL leaves no time in which a repeat tells whether the one before prolonged it. */
const maxRefreshTolerance = 0.1;

/** The phases that repeat each signal after gaps. */
function variantsOf(sizes: Sizes, profile: TargetProfile, given: number): readonly Variant[] {
  const recognizes = profile.idempotency.kind === 'ttl';
  const { isTtl, ttlMs, toleranceMs = 0 } = unitOf(profile, sizes);
  // Signals of one key must not meet.
  const isCoarse = keyGapMs(profile) > 0;
  const ofGap = isCoarse ? spreadOver(profile, eachCoarse, given === 0 ? eachCoarse : given, 0) : eachGap;
  const ofVariant = isCoarse ? ofGap : eachVariant;
  const ofOther = Math.max(2, ofVariant);
  const changed = { webhooks: ofVariant, gapsTtl: [0] };
  return [
    ...idempotencyGaps
      .flatMap((gap, n) => (isTtl || gap < 1 ? [{ gap, n }] : []))
      .map(({ gap, n }) => ({
        role: 'idempotency.gap' as const,
        suffix: gapSuffix(gap),
        gapsTtl: [gap],
        variant: 'none' as const,
        webhooks: ofGap,
        first: n * sizes.IDEMPOTENCY_KEYS,
      })),
    ...(recognizes && isTtl && toleranceMs <= maxRefreshTolerance * ttlMs
      ? [{ role: 'idempotency.refresh', gapsTtl: [0.7, 1.3], variant: 'none', webhooks: ofVariant } as const]
      : []),
    ...(recognizes && sendsPrice(profile) && identifyingField(profile, 'price') === null
      ? [{ role: 'idempotency.changed-payload', variant: 'price', ...changed } as const]
      : []),
    // Signals may share an id and still differ in what identifies them.
    ...(identifyingField(profile, 'ticker') !== null
      ? [{ role: 'idempotency.distinct-ticker', variant: 'ticker', ...changed } as const]
      : []),
    ...(recognizes && hasTwoWebhooks(profile, given)
      ? [{ role: 'idempotency.other-webhook', variant: 'webhook', ...changed, webhooks: ofOther } as const]
      : []),
  ];
}

/** The same signal of two tenants: planned last, for its webhook of the first tenant is the last of all. */
const ofTenants: Variant = { role: 'idempotency.other-tenant', gapsTtl: [0], variant: 'webhook', webhooks: 1 };

/** Whether the same signal can be sent by two tenants. Where signals have keys in common, no two of them would be the only ones. */
function hasTwoTenants(profile: TargetProfile): boolean {
  const { idempotency, provisioning } = profile;
  return idempotency.kind === 'ttl' && provisioning.secondTenant === true && keyPeriod(profile) === null;
}

/** Whether another price makes another body. */
function sendsPrice({ request: { method, body } }: TargetProfile): boolean {
  return method !== 'GET' && placeholdersIn(body).includes('price');
}

/** Whether the same signal can be sent to two webhooks of which the profile says whether they share their keys. */
function hasTwoWebhooks(profile: TargetProfile, given: number): boolean {
  const { idempotency, provisioning } = profile;
  // Of given webhooks nobody says whose they are, unless those of a second tenant are named by themselves.
  const isOneLogIn = given === 0 || provisioning.secondTenant === true;
  const isOfUnknown = idempotency.kind === 'ttl' && idempotency.scope === 'client' && !isOneLogIn;
  return webhooksOf(profile, 2, given) === 2 && !isOfUnknown;
}

interface Where {
  readonly startMs: number;
  readonly leadMs: number;
  readonly firstWebhook: number;
  readonly webhooks: number;
}

/** Where and when each phase runs: side by side if each has webhooks of its own, else one after the other with quiet between. */
class Places {
  private readonly sideBySide: boolean;
  private readonly available: number;
  private readonly leadMs: number;
  private readonly gapMs: number;
  private startMs: number;
  private nextWebhook = 0;
  lastMs = 0;

  constructor(profile: TargetProfile, given: number, available: number, wanted: number) {
    this.available = available;
    const isCoarse = keyGapMs(profile) > 0;
    this.sideBySide =
      (available >= wanted || (profile.limiter.kind === 'none' && !isCoarse)) && !(isCoarse && isKeyShared(profile));
    this.gapMs = Math.max(roundGapMs(profile), keyGapMs(profile));
    this.leadMs = leadMsOf(profile, this.gapMs);
    this.startMs = quietMs(profile, given);
  }

  /** Takes a phase that needs so many webhooks; the next one begins beside it, or after it on the same. */
  take(needs: number, plan: (where: Where) => PlannedPhase): PlannedPhase {
    const phase = plan({
      startMs: this.startMs,
      leadMs: this.leadMs,
      firstWebhook: this.sideBySide && this.nextWebhook + needs <= this.available ? this.nextWebhook : 0,
      webhooks: Math.min(needs, this.available),
    });
    this.lastMs = Math.max(this.lastMs, phase.endMs);
    this.nextWebhook += needs;
    if (!this.sideBySide) this.startMs = this.lastMs + Math.max(0, this.gapMs - this.leadMs);
    return phase;
  }

  /** The last webhook of the first tenant, and the one of the other, which follows it. */
  withOtherTenant(where: Where): Where {
    return { ...where, firstWebhook: this.available - 1, webhooks: 2 };
  }

  /** Takes a phase that runs on the webhooks of the others, after them. */
  takeLast(needs: number, plan: (where: Where) => PlannedPhase): PlannedPhase {
    const startMs = this.lastMs + Math.max(0, this.gapMs - this.leadMs);
    return plan({ startMs, leadMs: this.leadMs, firstWebhook: 0, webhooks: Math.min(needs, this.available) });
  }
}

/** idempotency: which phase runs when on which webhook, each webhook within its limit but for the repeats of quota. */
export function idempotencyPlan(sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const variants = variantsOf(sizes, profile, given);
  const hasTenants = hasTwoTenants(profile);
  const wanted = variants.reduce((sum, { webhooks }) => sum + webhooks, 0) + 2 * burstWebhooks + Number(hasTenants);
  const hasOdds = sizes.IDEMPOTENCY_ODDS_KEYS > 0 && atOnce(profile) >= 2;
  const webhooks = webhooksOf(profile, hasOdds ? Math.max(wanted, forOdds) : wanted, given);
  const places = new Places(profile, given, webhooks, wanted);
  const notes = [...expiryNotes(profile, sizes), ...keyNotes(profile, given)];
  const phases: PlannedPhase[] = [];
  for (const variant of variants) {
    const phase = repeatsPhase(variant, places, sizes, profile);
    if (phase !== null) phases.push(phase);
    else {
      notes.push(
        variant.variant === 'ticker'
          ? 'the limiter takes signals so slowly that no two that differ in the ticker alone lie within the TTL: whether they are told apart is not tested'
          : `the limiter takes signals so slowly that no repeat after ${variant.gapsTtl[0]} TTL lies within the TTL: repeats after this gap are not sent, and exactly once is inconclusive if no other repeat lies within it`,
      );
    }
  }
  // One copy alone is no burst.
  if (atOnce(profile) >= 2) phases.push(places.take(burstWebhooks, (where) => togetherPhase(where, sizes, profile)));
  if (profile.idempotency.kind === 'ttl' && atOnce(profile) >= 2 && keyPeriod(profile) === null) {
    phases.push(places.take(burstWebhooks, (where) => quotaPhase(where, sizes, profile)));
  }
  const tenants = hasTenants ? repeatsPhase(ofTenants, places, sizes, profile) : null;
  if (tenants !== null) phases.push(tenants);
  if (hasOdds) phases.push(places.takeLast(forOdds, (where) => oddsPhase(where, sizes, profile)));
  const said = notes.map((text) => ({ text }));
  return tenants === null
    ? { webhooks, phases, notes: said }
    : { webhooks: webhooks + 1, otherTenant: webhooks, phases, notes: said };
}

const unitOf = (profile: TargetProfile, sizes: Sizes) => repeatUnit(profile, 1000 * sizes.MAX_SCENARIO_SECONDS);

/** What is not waited for is said before anything is sent. */
function expiryNotes(profile: TargetProfile, sizes: Sizes): string[] {
  const { idempotency } = profile;
  if (idempotency.kind === 'none' || unitOf(profile, sizes).isTtl) return [];
  return idempotency.ttlMs === null
    ? ['keys are kept for ever: repeats within the run are judged, expiry is not']
    : [
        `the TTL of ${keyLifeInWords(idempotency)} is too long to wait for: repeats within the run are judged, expiry is not. For that, MAX_SCENARIO_SECONDS must hold twice the TTL`,
      ];
}

function keyNotes(profile: TargetProfile, given: number): readonly string[] {
  const isRecognizing = profile.idempotency.kind === 'ttl';
  const isCoarse = keyPeriod(profile) !== null;
  return [
    ...(isRecognizing && !hasTwoWebhooks(profile, given)
      ? [
          'whether the same signal to two webhooks counts as one is not tested: it takes two webhooks of one log-in (given ones are taken for such if those of a second tenant are named, too)',
        ]
      : []),
    ...(isCoarse && profile.provisioning.secondTenant === true
      ? ['whether the same signal of two tenants counts as one is not tested: the key holds no id']
      : []),
    ...(isCoarse ? ['whether repeats use up quota is not tested: the key has too few values for it'] : []),
  ];
}

function repeatsPhase(variant: Variant, places: Places, sizes: Sizes, profile: TargetProfile): PlannedPhase | null {
  const { role, gapsTtl, variant: change, suffix = '', first = 0 } = variant;
  const { isTtl: _, ...unit } = unitOf(profile, sizes);
  // Another webhook counts the repeat as it counts a first signal, and gets its own first one in the next step.
  const isOfNext = change === 'webhook';
  const times = repeatTimes(profile, gapsTtl, unit, change === 'ticker' || isOfNext);
  if (times === null) return null;
  const isOfTenants = role === 'idempotency.other-tenant';
  return places.take(variant.webhooks, (free) => {
    const where = isOfTenants ? places.withOtherTenant(free) : free;
    // Tenants that may share a count get no more than one would.
    const counts = isOfTenants && isShared(profile) ? 1 : where.webhooks;
    const { table, startMs, endMs } = timetable({
      everyMs: Math.max(
        Math.ceil(times.stepEveryMs / counts),
        isOfNext ? 2 * times.minGapMs : 0,
        keyEveryMs(profile, where.webhooks, times.stepMs, change),
      ),
      steps: sizes.IDEMPOTENCY_KEYS,
      stepMs: times.stepMs,
      vusPerGroup: 1,
      ...where,
    });
    const base = { kind: 'repeats', ...table, gapsTtl, minGapMs: times.minGapMs, ...unit } as const;
    const schedule = role === 'idempotency.gap' ? ({ ...base, reconnects: true } as const) : base;
    return plannedPhase(role, schedule, { startMs, endMs, first, variant: change, suffix });
  });
}

function togetherPhase(where: Where, sizes: Sizes, profile: TargetProfile): PlannedPhase {
  const everyMs = Math.max(Math.ceil(roundGapMs(profile) / where.webhooks), keyEveryMs(profile, where.webhooks));
  const vusPerGroup = Math.min(sizes.IDEMPOTENCY_TOGETHER, atOnce(profile));
  const { table, startMs, endMs } = timetable({
    everyMs,
    steps: sizes.IDEMPOTENCY_KEYS,
    stepMs: everyMs,
    vusPerGroup,
    ...where,
  });
  return plannedPhase('idempotency.together', { kind: 'copies', ...table }, { startMs, endMs });
}

function quotaPhase(where: Where, sizes: Sizes, profile: TargetProfile): PlannedPhase {
  // All of a step lies within one window and one TTL.
  const partMs = Math.round(Math.min(windowMs(profile), keyLife(profile).minMs) / 10);
  const limit = Math.min(atOnce(profile), Math.ceil(sizes.MAX_RATE / 2));
  const { table, startMs, endMs } = timetable({
    everyMs: Math.max(4 * partMs, Math.ceil((2 * partMs + 2 * roundGapMs(profile)) / where.webhooks)),
    steps: Math.ceil(sizes.IDEMPOTENCY_KEYS / 3),
    stepMs: 4 * partMs,
    vusPerGroup: Math.min(2 * limit, maxAtOnce),
    ...where,
  });
  const schedule = { kind: 'quota', ...table, repeats: 2 * limit, distinct: limit - 1, partMs } as const;
  return plannedPhase('idempotency.quota', schedule, { startMs, endMs, purpose: 'probe' });
}

function oddsPhase(where: Where, sizes: Sizes, profile: TargetProfile): PlannedPhase {
  // Without the rate of the keys, of which both copies have one.
  const rate = Math.min(sizes.MAX_RATE, perSecond(uncappedRate(profile, where.webhooks)));
  const { table, startMs, endMs } = timetable({
    everyMs: Math.max(2000 / rate, 1000 / maxOddsPerSecond, keyEveryMs(profile, where.webhooks)),
    steps: sizes.IDEMPOTENCY_ODDS_KEYS,
    stepMs: Math.min(200, answersMs),
    vusPerGroup: 2,
    ...where,
  });
  return plannedPhase('idempotency.odds', { kind: 'copies', ...table }, { startMs, endMs, purpose: 'probe' });
}
