import { assumedProfile, embeddedProfile, type Limiter, type LimiterKind, type TargetProfile } from './profile.ts';

/** The settings that change a profile; the names are those of the environment variables. */
export const profileSettingNames = [
  'TARGET_PROFILE',
  'LIMITER_KIND',
  'LIMIT',
  'LIMIT_WINDOW_MS',
  'LIMIT_BURST',
  'IDEMPOTENCY_TTL_MS',
  'IDEMPOTENCY_ORDER',
  'READBACK',
  'REDIS',
  'DATABASE',
] as const;
export type ProfileSettings = Readonly<Partial<Record<(typeof profileSettingNames)[number], string>>>;

const limiterKinds: readonly (LimiterKind | 'none')[] = ['sliding', 'fixed', 'token-bucket', 'unknown', 'none'];

/**
 * The profile that the settings name, with their changes.
 * @returns the profile and every problem found, one sentence each; the profile counts only where there are none.
 */
export function profileFromSettings(settings: ProfileSettings): {
  readonly profile: TargetProfile;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];

  function choice<T extends string>(
    name: (typeof profileSettingNames)[number],
    allowed: readonly T[],
    otherwise: T,
  ): T {
    const text = settings[name];
    if (text === undefined || text === '') return otherwise;
    const found = allowed.find((value) => value === text);
    if (found === undefined) problems.push(`${name} is "${text}"; it must be one of ${allowed.join(', ')}`);
    return found ?? otherwise;
  }

  function wholeNumber(name: (typeof profileSettingNames)[number], least: number, otherwise: number): number {
    const text = settings[name];
    if (text === undefined || text === '') return otherwise;
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    problems.push(`${name} is "${text}"; it must be a whole number of at least ${least}`);
    return otherwise;
  }

  const base =
    choice('TARGET_PROFILE', ['embedded', 'assumed'], 'assumed') === 'embedded' ? embeddedProfile : assumedProfile;
  const declared = base.limiter.kind === 'none' ? { kind: 'none' as const, limit: 10, windowMs: 1000 } : base.limiter;
  const kind = choice('LIMITER_KIND', limiterKinds, declared.kind);
  const limit = wholeNumber('LIMIT', 1, declared.limit);
  const windowMs = wholeNumber('LIMIT_WINDOW_MS', 1, declared.windowMs);
  const burst = wholeNumber('LIMIT_BURST', 1, limit);
  const limiter: Limiter =
    kind === 'none' ? { kind } : { kind, limit, windowMs, burst: kind === 'token-bucket' ? burst : null };

  const declaredTtlMs = base.idempotency.kind === 'ttl' ? base.idempotency.ttlMs : 0;
  const declaredOrder = base.idempotency.kind === 'ttl' ? base.idempotency.order : 'before-limiter';
  const ttlMs = wholeNumber('IDEMPOTENCY_TTL_MS', 0, declaredTtlMs);
  const order = choice('IDEMPOTENCY_ORDER', ['before-limiter', 'after-limiter'], declaredOrder);

  const presence = ['present', 'none', 'unknown'] as const;
  return {
    profile: {
      ...base,
      limiter,
      idempotency: ttlMs === 0 ? { kind: 'none' } : { kind: 'ttl', ttlMs, order },
      readback: choice('READBACK', ['signals', 'none'], base.readback),
      redis: choice('REDIS', presence, base.redis),
      database: choice('DATABASE', presence, base.database),
    },
    problems,
  };
}
