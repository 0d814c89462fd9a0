import type { TargetProfile } from '../profile/profile.ts';
import { boundarySchedule, roundWindows } from './boundary-probe.ts';
import { fillingMs } from './further-limits.ts';
import {
  answersMs,
  atOnce,
  burstGapMs,
  capacity,
  furtherCapacity,
  limitOf,
  penaltyMs,
  perSecond,
  quietMs,
  type Rate,
  roundGapMs,
  signalLimit,
  uncappedRate,
  windowMs,
} from './limits.ts';
import type { PlannedPhase, Timetable } from './plan.ts';
import { plannedPhase } from './planned-phase.ts';
import { apart, initialBurstMs, Places, places, webhooksApart } from './probe-places.ts';
import { countWithin, ratePhase } from './rate-phase.ts';
import { repeatsAreFree } from './repeats.ts';
import type { BuiltInRole, Role } from './roles.ts';
import type { ScenarioNote, ScenarioPlan } from './scenario-plan.ts';
import { repeatedKeysNote } from './signal-key.ts';
import type { SizeName, Sizes } from './sizes.ts';
import { timetable } from './timetable.ts';

/** VUs that send a burst; a larger one is dealt out to them. */
const maxAtOnce = 30;
/** Repeated probes take max this many times RATE_LIMIT_PROBE_SECONDS, but are repeated min `minRepeats` times. */
const maxProbeTimes = 3;
const minRepeats = 5;

/** Bursts with forged addresses. */
const maxForgedBursts = 3;

/** Three times what can be taken at once, but no more than 30 if these exceed it clearly. */
const burstSize = (max: number): number => Math.max(Math.min(3 * max, maxAtOnce), Math.ceil(1.5 * max));

/** What is left out first if the time is short: what tells least of a limiter that the initial burst does not tell. */
export const leftOutFirst: readonly Role[] = [
  'limiter.boundary',
  'limiter.double',
  'limiter.noisy',
  'limiter.recovery',
  'limiter.forwarded',
  'limiter.legitimate',
  'limiter.bursts',
];

/**
 * rate-limit: which probe runs when on which webhook.
 * @param without probes that are left out, for want of time.
 */
export function rateLimitPlan(
  sizes: Sizes,
  profile: TargetProfile,
  given: number,
  without: ReadonlySet<Role> = new Set(),
): ScenarioPlan {
  const at = new Places(profile, given);
  const startMs = quietMs(profile, given);
  const count = Math.min(
    (sizes.MAX_RATE * initialBurstMs) / 1000,
    Math.max(sizes.RATE_LIMIT_SIGNALS, 2 * capacity(profile)),
  );
  const initialBurst = plannedPhase(
    'limiter.initial-burst',
    { kind: 'rapid', count, webhook: 0, vus: Math.min(5, count) },
    { startMs, endMs: startMs + initialBurstMs },
  );
  const few = repeatedKeysNote(profile, fewKeysText(profile));
  const notes: ScenarioNote[] = few === null ? [] : [{ text: few }];
  // Without a limiter there is nothing to find, and on few webhooks these two take long.
  const isPointless = profile.limiter.kind === 'none' && at.webhooks < webhooksApart;
  const has = (role: Role): boolean => !without.has(role) && !isUntestable(role, profile);
  return {
    webhooks: at.webhooks,
    phases: [
      initialBurst,
      ...(isPointless || !has('limiter.recovery') ? [] : [recovery(at, sizes, profile)]),
      ...(without.has('limiter.forwarded') ? [] : [forwarded(at, sizes, profile)]),
      ...(isPointless || !has('limiter.boundary') ? [] : boundary(at, sizes, profile, notes)),
      ...(without.has('limiter.bursts') ? [] : bursts(at, sizes, profile, notes)),
      ...steady(at, sizes, profile, has),
    ],
    notes,
  };
}

/** What it means for the probes of a limiter that most signals to a webhook have one of few keys. */
const fewKeysText = (profile: TargetProfile): string =>
  repeatsAreFree(profile) && profile.limiter.kind !== 'none'
    ? 'most signals are repeats, which use no quota, so the limiter cannot be tested'
    : 'most signals are repeats';

/** What shows nothing of this limiter, or would disturb it. */
function isUntestable(role: Role, { limiter }: TargetProfile): boolean {
  if (limiter.kind === 'none') return false;
  // It has no windows, and no rate.
  const ofRates: readonly Role[] = ['limiter.recovery', 'limiter.boundary', 'limiter.double', 'limiter.noisy'];
  if (limiter.kind === 'concurrent' && ofRates.includes(role)) return true;
  // Each poll would begin it anew.
  return role === 'limiter.recovery' && limiter.penaltyMs !== undefined && limiter.penaltyProlonged === true;
}

/**
 * What one probe may use of a further limit: nearly all of it on a webhook of its own; little enough that the next one fits, if
 * they follow each other.
 */
function furtherShare(at: Places, profile: TargetProfile): number {
  return Math.floor((at.sideBySide ? 0.8 : 0.4) * furtherCapacity(profile));
}

/** Between two bursts of so many on the same webhook: only as long as the first limit needs, if a further one has room for all. */
function gapBetween(at: Places, profile: TargetProfile, bursts: number): number {
  const fits = bursts * capacity(profile) <= furtherShare(at, profile);
  return fits ? burstGapMs(profile) : Math.max(burstGapMs(profile), roundGapMs(profile));
}

interface Burst extends Pick<Timetable, 'everyMs' | 'steps' | 'firstWebhook' | 'webhooks'> {
  readonly atOnce: number;
  readonly stepMs: number;
}

function burstTable(at: Places, { atOnce: signals, ...where }: Burst) {
  const vusPerGroup = Math.min(signals, maxAtOnce);
  const { table, startMs, endMs } = timetable({ startMs: at.startMs(), leadMs: at.leadMs, vusPerGroup, ...where });
  return { table: { ...table, atOnce: signals }, times: { startMs, endMs, purpose: 'probe' } as const };
}

const probeMs = (sizes: Sizes): number => sizes.RATE_LIMIT_PROBE_SECONDS * 1000;

function recovery(at: Places, sizes: Sizes, profile: TargetProfile): PlannedPhase {
  const window = windowMs(profile);
  const pollForMs = 3 * window + penaltyMs(profile);
  const quickMs = pollForMs + burstGapMs(profile);
  // Each step may also have two polls admitted.
  const everyMs = pollForMs + gapBetween(at, profile, 1 + Math.ceil((1.2 * probeMs(sizes)) / quickMs));
  const { table, times } = burstTable(at, {
    atOnce: Math.min(sizes.MAX_RATE, 3 * capacity(profile)),
    everyMs,
    stepMs: pollForMs,
    steps: Math.max(1, Math.floor(probeMs(sizes) / everyMs)),
    firstWebhook: at.webhook('recovery'),
    webhooks: 1,
  });
  const pollMs = Math.max(10, Math.round(window / 20));
  return at.took(plannedPhase('limiter.recovery', { kind: 'poll', ...table, pollMs, pollForMs }, times));
}

function forwarded(at: Places, sizes: Sizes, profile: TargetProfile): PlannedPhase {
  const everyMs = gapBetween(at, profile, maxForgedBursts) + answersMs;
  // A burst that is spread by a busy generator proves nothing; beside the other probes there is time for some more.
  const wanted = at.sideBySide && profile.limiter.kind !== 'none' ? maxForgedBursts : 1;
  const { table, times } = burstTable(at, {
    atOnce: Math.min(sizes.MAX_RATE, 3 * capacity(profile)),
    everyMs,
    stepMs: answersMs,
    steps: Math.max(1, Math.min(wanted, Math.floor(probeMs(sizes) / everyMs))),
    firstWebhook: at.webhook('forwarded'),
    webhooks: 1,
  });
  return at.took(plannedPhase('limiter.forwarded', { kind: 'burst', ...table, forged: true }, times));
}

/** How often a probe is repeated: as often as asked for, if the time allows. */
function repeats(wanted: number, eachMs: number, sizes: Sizes): number {
  return Math.min(wanted, Math.max(minRepeats, Math.floor((maxProbeTimes * probeMs(sizes)) / eachMs)));
}

function repeatsNote(name: SizeName, wanted: number, sent: number, sizes: Sizes): ScenarioNote[] {
  if (sent === wanted) return [];
  const seconds = Math.ceil((sizes.RATE_LIMIT_PROBE_SECONDS * wanted) / sent);
  const text = `${sent} of ${wanted} (${name}) are sent, to keep the time short: set RATE_LIMIT_PROBE_SECONDS=${seconds} for all`;
  return [{ text, sizes: [name, 'RATE_LIMIT_PROBE_SECONDS'] }];
}

function boundary(at: Places, sizes: Sizes, profile: TargetProfile, notes: ScenarioNote[]): readonly PlannedPhase[] {
  const window = windowMs(profile);
  const wanted = sizes.RATE_LIMIT_OFFSETS;
  const possible = repeats(wanted, (roundWindows * window) / at.several, sizes);
  // Each has one and twice the limit admitted at most.
  const room = at.several * Math.floor(furtherShare(at, profile) / (1 + 2 * limitOf(profile)));
  const offsets = Math.min(possible, room);
  if (offsets < possible) {
    const text = `${offsets} of ${possible} offsets of the window are probed: more would use up a further limit`;
    notes.push({ text, sizes: ['RATE_LIMIT_OFFSETS'] });
  }
  if (offsets === 0) return [];
  notes.push(...repeatsNote('RATE_LIMIT_OFFSETS', wanted, possible, sizes));
  const startMs = at.startMs();
  const { schedule, endMs } = boundarySchedule({
    startMs,
    leadMs: at.leadMs,
    windowMs: window,
    offsets,
    firstWebhook: at.webhook('boundary'),
    webhooks: at.several,
    atOnce: Math.min(limitOf(profile), Math.ceil(sizes.MAX_RATE / 2)),
  });
  return [at.took(plannedPhase('limiter.boundary', schedule, { startMs, endMs, purpose: 'probe' }))];
}

function bursts(at: Places, sizes: Sizes, profile: TargetProfile, notes: ScenarioNote[]): readonly PlannedPhase[] {
  const wanted = sizes.RATE_LIMIT_BURSTS;
  if (wanted === 0) return [];
  // Without a limiter a webhook needs no quiet.
  const inTurn = profile.limiter.kind === 'none' ? apart : at.several;
  const everyMs = Math.ceil(gapBetween(at, profile, Math.ceil(wanted / inTurn)) / inTurn);
  const steps = repeats(wanted, everyMs, sizes);
  notes.push(...repeatsNote('RATE_LIMIT_BURSTS', wanted, steps, sizes));
  // A step is given no longer than the time to the next one, so there is one VU group: more would take the server's CPU, and what
  // is late shows in the ledger.
  const { table, times } = burstTable(at, {
    atOnce: Math.min(sizes.MAX_RATE, burstSize(capacity(profile))),
    everyMs,
    stepMs: everyMs,
    steps,
    firstWebhook: at.webhook('bursts'),
    webhooks: at.several,
  });
  return [at.took(plannedPhase('limiter.bursts', { kind: 'burst', ...table, forged: false }, times))];
}

/** Constant rates: within the limit, beyond it, and both at the same time on two webhooks. */
function steady(
  at: Places,
  sizes: Sizes,
  profile: TargetProfile,
  has: (role: Role) => boolean,
): readonly PlannedPhase[] {
  const window = windowMs(profile);
  // A limiter shows what it refuses in the second window.
  const shortestMs = 2 * window;
  const share = furtherShare(at, profile);
  const roomMs = Number.isFinite(share) ? (share / limitOf(profile) - 1) * window : Number.POSITIVE_INFINITY;
  const hasRoom = roomMs >= shortestMs;
  const lengthMs = Math.max(Math.min(probeMs(sizes), roomMs), shortestMs);
  const one = (role: BuiltInRole, rate: Rate, webhook: number, ms = lengthMs): PlannedPhase => {
    const capped = perSecond(rate) > sizes.MAX_RATE ? { rate: sizes.MAX_RATE, perMs: 1000 } : rate;
    return ratePhase(role, {
      startMs: at.startMs(0),
      count: countWithin(ms, capped),
      rate: capped,
      firstWebhook: webhook,
      webhooks: 1,
      purpose: 'probe',
    });
  };
  const times = (share: number): Rate => ({ rate: share * limitOf(profile), perMs: window });
  const rate = ninetyPercent(profile);
  // Nobody can wait for longer limits to be full.
  const fullMs = fillingMs(profile, rate) ?? undeclaredMs(profile, lengthMs);
  const legitimate = () =>
    has('limiter.legitimate')
      ? [at.took(one('limiter.legitimate', rate, at.webhook('legitimate'), Math.max(lengthMs, fullMs)))]
      : [];
  const double = () =>
    has('limiter.double') && hasRoom ? [at.took(one('limiter.double', times(2), at.webhook('double')))] : [];
  // What fills a further limit comes last.
  const inOrder = fullMs > lengthMs ? [...double(), ...legitimate()] : [...legitimate(), ...double()];
  if (at.webhooks === 1 || !has('limiter.noisy') || !hasRoom) return inOrder;
  const quietWebhook = at.webhooks === webhooksApart ? places.quiet : 1;
  const noisy = one('limiter.noisy', times(3), at.webhook('noisy'));
  const quiet = one('limiter.quiet', uncappedRate(profile, 1), quietWebhook);
  return [...inOrder, at.took(noisy), at.took(quiet)];
}

/**
 * An undeclared limiter may have a second, longer limit, often ten times the first: 10 per second and 100 per minute. At 90 % it
 * shows after 12 windows.
 */
function undeclaredMs({ limiter }: TargetProfile, lengthMs: number): number {
  return limiter.kind === 'unknown' ? Math.min(13 * limiter.windowMs, 2 * lengthMs) : 0;
}

/** 90% of the limit; the safe rate if the limiter is so strict that two requests would come too close together. */
function ninetyPercent(profile: TargetProfile): Rate {
  const limit = Math.max(1, signalLimit(profile));
  const isStrict = atOnce(profile) < 3;
  return isStrict ? uncappedRate(profile, 1) : { rate: 9 * limit, perMs: 10 * windowMs(profile) };
}
