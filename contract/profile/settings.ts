import { databaseWords } from './databases.ts';
import { foreverWord } from './key-life.ts';
import { kindsWithBurst, limiterKinds } from './limiter-kinds.ts';
import { parseNumber, rangeInWords } from './parse-number.ts';
import type { DeclaredLimiter, TargetProfile } from './profile.ts';

/** The settings that change a profile in place; the names are those of the environment variables. */
export const profileSettingNames = [
  'LIMITER_KIND',
  'LIMIT',
  'LIMIT_WINDOW_MS',
  'LIMIT_BURST',
  'LIMIT_PENALTY_MS',
  'IDEMPOTENCY_TTL_MS',
  'IDEMPOTENCY_ORDER',
  'IDEMPOTENCY_SCOPE',
  'READBACK',
  'READBACK_SETTLE_MS',
  'HTTP_VERSION',
  'REDIS',
  'DATABASE',
] as const;
type ProfileSettingName = (typeof profileSettingNames)[number];
export type ProfileSettings = Readonly<Partial<Record<ProfileSettingName, string>>>;

/** Many servers have settings of their own under these names, and those are often URLs with a password. */
const toldAs = (name: ProfileSettingName, text: string): string =>
  text.includes('://')
    ? `is a URL, as if it were a setting of your server (start this command with ${name}= to leave it out); here it`
    : `is "${text}"; it`;

/**
 * A profile with the changes that settings make.
 * @param signalsReadback what READBACK=signals means if the profile has no read-back.
 * @returns the profile and every problem found, one sentence each; the profile counts only where there are none.
 */
export function profileWithSettings(
  base: TargetProfile,
  settings: ProfileSettings,
  signalsReadback: TargetProfile['readback'],
): { readonly profile: TargetProfile; readonly problems: readonly string[] } {
  const problems: string[] = [];

  function choice<T extends string>(name: ProfileSettingName, allowed: readonly T[], fallback: T): T {
    const text = settings[name];
    if (text === undefined || text === '') return fallback;
    const found = allowed.find((value) => value === text);
    if (found === undefined) problems.push(`${name} ${toldAs(name, text)} must be one of ${allowed.join(', ')}`);
    return found ?? fallback;
  }

  function wholeNumber<T>(name: ProfileSettingName, min: number, fallback: T): number | T {
    const text = settings[name];
    if (text === undefined || text === '') return fallback;
    const value = parseNumber(text, { min });
    if (value === null) problems.push(`${name} is "${text}"; it must be ${rangeInWords({ min })}`);
    return value ?? fallback;
  }

  const declared = base.limiter.kind === 'none' ? null : base.limiter;
  const kind = choice('LIMITER_KIND', ['none', ...limiterKinds], base.limiter.kind);
  const limit = wholeNumber('LIMIT', 1, declared?.limit ?? 10);
  const windowMs = wholeNumber('LIMIT_WINDOW_MS', 1, declared?.windowMs ?? 1000);
  const burst = wholeNumber('LIMIT_BURST', 1, declared?.burst ?? limit);
  const penaltyMs = wholeNumber('LIMIT_PENALTY_MS', 1, declared?.penaltyMs);

  const { idempotency } = base;
  const ttl = idempotency.kind === 'ttl' ? idempotency : null;
  const ttlMs = keyLifeSetting(settings.IDEMPOTENCY_TTL_MS, ttl === null ? 0 : ttl.ttlMs, problems);
  const order = choice('IDEMPOTENCY_ORDER', ['before-limiter', 'after-limiter'], ttl?.order ?? 'before-limiter');
  const keysOf = choice('IDEMPOTENCY_SCOPE', ['webhook', 'client', 'all'], ttl?.scope ?? 'webhook');

  const readback = choice('READBACK', ['signals', 'none'], base.readback.kind === 'none' ? 'none' : 'signals');
  const chosen =
    readback === 'none' ? { kind: 'none' as const } : base.readback.kind === 'none' ? signalsReadback : base.readback;
  const presence = ['present', 'none', 'unknown'] as const;
  return {
    profile: {
      ...base,
      limiter: kind === 'none' ? { kind } : limiterWith(declared, { kind, limit, windowMs, burst, penaltyMs }),
      idempotency: idempotencyWith(ttl, { ttlMs, order, scope: keysOf }),
      readback:
        chosen.kind === 'none'
          ? chosen
          : { ...chosen, settleMs: wholeNumber('READBACK_SETTLE_MS', 1, chosen.settleMs) },
      request: { ...base.request, httpVersion: choice('HTTP_VERSION', ['1.1', '2'], base.request.httpVersion) },
      redis: choice('REDIS', presence, base.redis),
      database: choice('DATABASE', databaseWords, base.database),
    },
    problems,
  };
}

type Changed = Pick<DeclaredLimiter, 'kind' | 'limit' | 'windowMs' | 'burst' | 'penaltyMs'>;

/** @param changed of which kinds without a bucket have no burst. */
function limiterWith(
  declared: DeclaredLimiter | null,
  { kind, limit, windowMs, burst, penaltyMs }: Changed,
): DeclaredLimiter {
  const { scope = 'webhook', retryAfter = true, rateLimitHeaders = false } = declared ?? {};
  return {
    ...{ ...declared, kind, limit, windowMs, scope, retryAfter, rateLimitHeaders },
    burst: kindsWithBurst.includes(kind) ? burst : null,
    ...(penaltyMs === undefined ? {} : { penaltyMs }),
  };
}

/** What is wrong with it goes to `problems`. */
function keyLifeSetting(text: string | undefined, fallback: number | null, problems: string[]): number | null {
  if (text === undefined || text === '') return fallback;
  if (text === foreverWord) return null;
  const value = parseNumber(text, { min: 0 });
  if (value !== null) return value;
  problems.push(
    `IDEMPOTENCY_TTL_MS is "${text}"; it must be ${rangeInWords({ min: 0 })}, or ${foreverWord} if keys are kept for ever`,
  );
  return fallback;
}

type Keeping = Extract<TargetProfile['idempotency'], { kind: 'ttl' }>;

/** A tolerance belongs to the TTL that it was declared with. */
function idempotencyWith(
  declared: Keeping | null,
  { ttlMs, order, scope }: { ttlMs: Keeping['ttlMs'] | 0 } & Pick<Required<Keeping>, 'order' | 'scope'>,
): TargetProfile['idempotency'] {
  if (ttlMs === 0) return { kind: 'none' };
  const asDeclared = declared?.scope === undefined && scope === 'webhook' ? {} : { scope };
  const kept: Keeping = { repeatRefreshes: false, ...declared, ...asDeclared, kind: 'ttl', ttlMs, order };
  if (declared?.ttlMs === ttlMs) return kept;
  const { toleranceMs: _, ...rest } = kept;
  return rest;
}
