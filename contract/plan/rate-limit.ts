import type { TargetProfile } from '../profile/profile.ts';
import { boundarySchedule, roundWindows } from './boundary-probe.ts';
import {
  answersMs,
  atOnce,
  barrierLeadMs,
  capacity,
  isShared,
  limitOf,
  openingMs,
  perSecond,
  quietMs,
  type Rate,
  roundGapMs,
  signalLimit,
  uncappedRate,
  webhooksOf,
  windowMs,
} from './limits.ts';
import type { PlannedPhase, Timetable } from './plan.ts';
import { plannedPhase } from './planned-phase.ts';
import { countWithin, ratePhase } from './rate-phase.ts';
import type { Role } from './roles.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import type { Sizes } from './sizes.ts';
import { timetable } from './timetable.ts';

/** Webhooks of the probes if each has its own; the initial burst has the first. */
const places = { recovery: 1, double: 2, legitimate: 3, noisy: 4, quiet: 5, forwarded: 6, bursts: 7, boundary: 17 };
const apart = 10;
const webhooksApart = places.boundary + apart;

/** The initial burst comes first, alone, and takes no longer than this. */
const initialBurstMs = 2_000;
/** VUs that send a burst; a larger one is dealt out to them. */
const maxAtOnce = 30;
/** Repeated probes take max this many times RATE_LIMIT_PROBE_SECONDS, but are repeated min `minRepeats` times. */
const maxProbeTimes = 3;
const minRepeats = 5;

/** Bursts with forged addresses. */
const maxForgedBursts = 3;

/** Three times what can be taken at once, but no more than 30 if these exceed it clearly. */
const burstSize = (max: number): number => Math.max(Math.min(3 * max, maxAtOnce), Math.ceil(1.5 * max));

/** Where and when the next probe begins: side by side, or one after the other with more than a window of quiet between. */
class Places {
  readonly webhooks: number;
  readonly sideBySide: boolean;
  /** From the start of a probe to its first instant. */
  readonly leadMs: number;
  private readonly gapMs: number;
  private readonly firstMs: number;
  private lastMs: number;

  constructor(profile: TargetProfile, given: number) {
    this.webhooks = webhooksOf(profile, webhooksApart, given);
    this.sideBySide = this.webhooks === webhooksApart || profile.limiter.kind === 'none';
    this.gapMs = roundGapMs(profile);
    // Opening connections uses the limit, too, if it is shared.
    this.leadMs = isShared(profile) ? Math.max(barrierLeadMs, openingMs + this.gapMs) : barrierLeadMs;
    this.firstMs = quietMs(profile, given) + initialBurstMs;
    this.lastMs = this.firstMs;
  }

  /** @param leadMs the time that passes in the phase before its first signal. */
  startMs(leadMs = this.leadMs): number {
    return this.sideBySide ? this.firstMs : this.lastMs + Math.max(0, this.gapMs - leadMs);
  }

  webhook(name: keyof typeof places): number {
    return this.webhooks === webhooksApart ? places[name] : 0;
  }

  /** Webhooks of a probe that has several. */
  get several(): number {
    return Math.min(apart, this.webhooks);
  }

  took<T extends PlannedPhase>(phase: T): T {
    this.lastMs = Math.max(this.lastMs, phase.endMs);
    return phase;
  }
}

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
  const count = Math.min(sizes.MAX_RATE, Math.max(sizes.RATE_LIMIT_SIGNALS, 2 * capacity(profile)));
  const initialBurst = plannedPhase(
    'limiter.initial-burst',
    { kind: 'rapid', count, webhook: 0, vus: Math.min(5, count) },
    { startMs, endMs: startMs + initialBurstMs },
  );
  const notes: string[] = [];
  // Without a limiter there is nothing to find, and on few webhooks these two take long.
  const isPointless = profile.limiter.kind === 'none' && at.webhooks < webhooksApart;
  return {
    webhooks: at.webhooks,
    phases: [
      initialBurst,
      ...(isPointless || without.has('limiter.recovery') ? [] : [recovery(at, sizes, profile)]),
      ...(without.has('limiter.forwarded') ? [] : [forwarded(at, sizes, profile)]),
      ...(isPointless || without.has('limiter.boundary') ? [] : [boundary(at, sizes, profile, notes)]),
      ...(without.has('limiter.bursts') ? [] : bursts(at, sizes, profile, notes)),
      ...steady(at, sizes, profile, without),
    ],
    notes,
  };
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
  const pollForMs = 3 * window;
  const everyMs = pollForMs + roundGapMs(profile);
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
  const everyMs = roundGapMs(profile) + answersMs;
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

function repeatsNote(name: string, wanted: number, sent: number, sizes: Sizes): string[] {
  if (sent === wanted) return [];
  const seconds = Math.ceil((sizes.RATE_LIMIT_PROBE_SECONDS * wanted) / sent);
  return [
    `${sent} of ${wanted} (${name}) are sent, to keep the time short: set RATE_LIMIT_PROBE_SECONDS=${seconds} for all`,
  ];
}

function boundary(at: Places, sizes: Sizes, profile: TargetProfile, notes: string[]): PlannedPhase {
  const window = windowMs(profile);
  const wanted = sizes.RATE_LIMIT_OFFSETS;
  const offsets = repeats(wanted, (roundWindows * window) / at.several, sizes);
  notes.push(...repeatsNote('RATE_LIMIT_OFFSETS', wanted, offsets, sizes));
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
  return at.took(plannedPhase('limiter.boundary', schedule, { startMs, endMs, purpose: 'probe' }));
}

function bursts(at: Places, sizes: Sizes, profile: TargetProfile, notes: string[]): readonly PlannedPhase[] {
  const wanted = sizes.RATE_LIMIT_BURSTS;
  if (wanted === 0) return [];
  // Without a limiter a webhook needs no quiet.
  const inTurn = profile.limiter.kind === 'none' ? apart : at.several;
  const everyMs = Math.ceil(roundGapMs(profile) / inTurn);
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
function steady(at: Places, sizes: Sizes, profile: TargetProfile, without: ReadonlySet<Role>): readonly PlannedPhase[] {
  const window = windowMs(profile);
  // A limiter shows what it refuses in the second window.
  const lengthMs = Math.max(probeMs(sizes), 2 * window);
  const one = (role: Role, rate: Rate, webhook: number): PlannedPhase => {
    const capped = perSecond(rate) > sizes.MAX_RATE ? { rate: sizes.MAX_RATE, perMs: 1000 } : rate;
    return ratePhase(role, {
      startMs: at.startMs(0),
      count: countWithin(lengthMs, capped),
      rate: capped,
      firstWebhook: webhook,
      webhooks: 1,
      purpose: 'probe',
    });
  };
  const times = (share: number): Rate => ({ rate: share * limitOf(profile), perMs: window });
  const legitimate = without.has('limiter.legitimate')
    ? []
    : [at.took(one('limiter.legitimate', ninetyPercent(profile), at.webhook('legitimate')))];
  const double = without.has('limiter.double') ? [] : [at.took(one('limiter.double', times(2), at.webhook('double')))];
  if (at.webhooks === 1 || without.has('limiter.noisy')) return [...legitimate, ...double];
  const quietWebhook = at.webhooks === webhooksApart ? places.quiet : 1;
  const noisy = one('limiter.noisy', times(3), at.webhook('noisy'));
  const quiet = one('limiter.quiet', uncappedRate(profile, 1), quietWebhook);
  return [...legitimate, ...double, at.took(noisy), at.took(quiet)];
}

/** 90% of the limit; the safe rate if the limiter is so strict that two requests would come too close together. */
function ninetyPercent(profile: TargetProfile): Rate {
  const limit = Math.max(1, signalLimit(profile));
  const isStrict = atOnce(profile) < 3;
  return isStrict ? uncappedRate(profile, 1) : { rate: 9 * limit, perMs: 10 * windowMs(profile) };
}
