import { type DeclaredLimit, largest } from '../profile/declared-limits.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { capacity, perSecond, type Rate } from './limits.ts';
import type { PlannedPhase } from './plan.ts';
import { stepAt } from './timetable.ts';

// Limits beside the first: none of them may be used up by what is meant to stay within it, whatever phases came before.

/** A limit that takes longer to fill is not filled. */
const maxFillingMs = 150_000;
const spare = 1.2;

/** How long a rate must go on until it exceeds the further limits, as many of them as can be waited for; null if it never does. */
export function fillingMs({ limiter }: TargetProfile, rate: Rate): number | null {
  const further = limiter.kind === 'none' ? [] : (limiter.further ?? []);
  const ms = largest(further, (limit) => {
    const each = fillingOne(limit, perSecond(rate) / 1000);
    return each <= maxFillingMs ? each : 0;
  });
  return ms === 0 ? null : ms;
}

function fillingOne({ kind, limit, windowMs, burst }: DeclaredLimit, perMs: number): number {
  if (kind === 'concurrent') return Number.POSITIVE_INFINITY;
  if (burst !== null) {
    const gain = limit / windowMs;
    return perMs > gain ? (spare * (burst + 1)) / (perMs - gain) : Number.POSITIVE_INFINITY;
  }
  // The edge of a fixed window may lie in the middle.
  const windows = kind === 'fixed' ? 1 + spare : spare;
  const ms = (windows * limit + 1) / perMs;
  return (limit + 1) / perMs < windowMs ? ms : Number.POSITIVE_INFINITY;
}

/** So many requests of one webhook that may be admitted at one instant, since the end of setup. */
interface Use {
  readonly atMs: number;
  readonly webhook: number;
  readonly count: number;
}

/**
 * Phases, each as late as it must be to leave every further limit room: with what went before, at most L of their requests lie in any
 * of its windows. A phase that goes beyond it by itself counts and is not delayed for it. What follows a phase follows it still.
 */
export function withinFurther(phases: readonly PlannedPhase[], profile: TargetProfile): readonly PlannedPhase[] {
  const { limiter } = profile;
  const further = limiter.kind === 'none' ? [] : (limiter.further ?? []).filter(({ kind }) => kind !== 'concurrent');
  if (further.length === 0) return phases;
  const shiftMs = new Map<PlannedPhase, number>();
  const used: Use[] = [];
  for (const phase of [...phases].sort((a, b) => a.startMs - b.startMs)) {
    const inherited = [...shiftMs].reduce(
      (max, [before, ms]) => (before.endMs <= phase.startMs ? Math.max(max, ms) : max),
      0,
    );
    const uses = usesOf(phase, profile);
    const ms = further.reduce((max, limit) => neededDelay(limit, used, uses, max), inherited);
    shiftMs.set(phase, ms);
    for (const use of uses) used.push({ ...use, atMs: use.atMs + ms });
    used.sort((a, b) => a.atMs - b.atMs);
  }
  return phases.map((phase) => delayed(phase, shiftMs.get(phase) ?? 0));
}

/** The delay, no shorter than the least, after which no window holds too many of both. */
function neededDelay(limit: DeclaredLimit, used: readonly Use[], uses: readonly Use[], minDelayMs: number): number {
  let delayMs = minDelayMs;
  for (const webhook of new Set(uses.map((use) => use.webhook))) {
    const before = used.filter((use) => use.webhook === webhook);
    const own = uses.filter((use) => use.webhook === webhook);
    if (before.length > 0) delayMs = Math.max(delayMs, delayOnOne(limit, before, own, delayMs));
  }
  return delayMs;
}

/** What a limit may hold over one of its windows, of requests at any instants. */
function spanOf({ kind, limit, windowMs, burst }: DeclaredLimit): { readonly spanMs: number; readonly max: number } {
  if (kind === 'weighted') return { spanMs: 2 * windowMs, max: limit };
  return { spanMs: windowMs, max: burst === null ? limit : Math.min(limit, burst) };
}

function delayOnOne(limit: DeclaredLimit, before: readonly Use[], own: readonly Use[], minDelayMs: number): number {
  const { spanMs, max } = spanOf(limit);
  let delayMs = minDelayMs;
  let ownFirst = 0;
  let ownCount = 0;
  for (let n = 0; n < own.length; n += 1) {
    ownCount += own[n]?.count ?? 0;
    const ownMs = own[n]?.atMs ?? 0;
    for (; (own[ownFirst]?.atMs ?? 0) <= ownMs - spanMs; ownFirst += 1) ownCount -= own[ownFirst]?.count ?? 0;
    // Of those before, the latest that still fit beside its own.
    let room = max - ownCount;
    if (room < 0) continue;
    for (let at = before.length - 1; at >= 0; at -= 1) {
      const { atMs, count } = before[at] ?? { atMs: 0, count: 0 };
      if (atMs <= ownMs + delayMs - spanMs) break;
      room -= count;
      if (room < 0) {
        delayMs = Math.max(delayMs, Math.ceil(atMs + spanMs - ownMs) + 1);
        break;
      }
    }
  }
  return delayMs;
}

/** What of a phase may be admitted, in order of time. A probe beyond the first limit has no more admitted than that allows. */
function usesOf(phase: PlannedPhase, profile: TargetProfile): readonly Use[] {
  const { schedule, startMs } = phase;
  const { limiter } = profile;
  if (limiter.kind === 'none') return [];
  const max = capacity(profile);
  switch (schedule.kind) {
    case 'rapid':
      return [{ atMs: startMs, webhook: schedule.webhook, count: Math.min(schedule.count, 2 * max) }];
    case 'rate': {
      const { count, rate, perMs, firstWebhook, webhooks } = schedule;
      const stepMs = perMs / rate;
      // Of those that come faster than the first limit admits, one each time that it does.
      const perAdmitted = Math.max(1, limiter.windowMs / limiter.limit / (stepMs * webhooks));
      const admittedBefore = (n: number): number => Math.floor((Math.floor(n / webhooks) - 1) / perAdmitted);
      return Array.from({ length: count }, (_, n) => n)
        .filter((n) => admittedBefore(n) !== admittedBefore(n + webhooks))
        .map((n) => ({ atMs: startMs + n * stepMs, webhook: firstWebhook + (n % webhooks), count: 1 }));
    }
    case 'ramp':
    case 'replay':
      // Of own scenarios, whose times are their user's.
      return [];
    case 'boundary': {
      const { startMs: fromMs, windowMs, perRound, steps, firstWebhook, atOnce } = schedule;
      return Array.from({ length: steps }, (_, n) => ({
        // The clock moves it by up to one window.
        atMs: fromMs + (3 + 3 * Math.floor(n / perRound)) * windowMs,
        webhook: firstWebhook + (n % perRound),
        count: 1 + 2 * atOnce,
      }));
    }
    case 'rounds': {
      const each = Math.ceil(schedule.vusPerGroup / schedule.webhooks);
      return Array.from({ length: schedule.steps * schedule.webhooks }, (_, n) => ({
        atMs: schedule.firstMs + Math.floor(n / schedule.webhooks) * schedule.everyMs,
        webhook: schedule.firstWebhook + (n % schedule.webhooks),
        count: each,
      }));
    }
    default:
      return Array.from({ length: schedule.steps }, (_, n) => ({
        ...stepAt(schedule, n),
        count: eachStep(phase, max),
      }));
  }
}

function eachStep({ schedule }: PlannedPhase, max: number): number {
  switch (schedule.kind) {
    case 'burst':
      return Math.min(schedule.atOnce, max);
    case 'poll':
      return Math.min(schedule.atOnce, max) + 2;
    case 'copies':
      return Math.min(schedule.vusPerGroup, max);
    case 'repeats':
      return 1 + schedule.gapsTtl.length;
    case 'quota':
      return 1 + schedule.distinct;
    case 'redelivery':
      return 1 + schedule.pausesMs.length;
    default:
      return max;
  }
}

function delayed(phase: PlannedPhase, byMs: number): PlannedPhase {
  if (byMs === 0) return phase;
  const { schedule } = phase;
  const later =
    'firstMs' in schedule
      ? { ...schedule, firstMs: schedule.firstMs + byMs }
      : schedule.kind === 'boundary'
        ? { ...schedule, startMs: schedule.startMs + byMs }
        : schedule;
  return { ...phase, startMs: phase.startMs + byMs, endMs: phase.endMs + byMs, schedule: later };
}
