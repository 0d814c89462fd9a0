import { declareLimiter } from '../../analysis/settings-hints.ts';
import { limitsOf } from '../../contract/profile/declared-limits.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import { type Check, fault, ok, unknown } from './check.ts';
import type { Heard } from './client.ts';

const names = ['ratelimit-limit', 'x-ratelimit-limit', 'x-rate-limit-limit'] as const;

/** What an accepted answer says of limits, beside what the profile declares; null if neither says anything. */
export function limitHeadersCheck({ limiter }: TargetProfile, { headers }: Heard): Check | null {
  const subject = 'rate limit';
  const name = names.find((each) => headers[each] !== undefined);
  const isSaid = name !== undefined || headers.ratelimit !== undefined;
  if (limiter.kind === 'none') {
    return isSaid
      ? unknown(subject, 'the answer has RateLimit headers, and the profile declares no limiter', declareLimiter)
      : null;
  }
  if (!isSaid) {
    return limiter.rateLimitHeaders
      ? fault(subject, 'the answer has no RateLimit headers, which the profile promises', 'send them', 'rate-limiter')
      : null;
  }
  const said = name === undefined ? undefined : /^\s*(\d{1,9})/.exec(headers[name] ?? '')?.[1];
  if (said === undefined) return ok(subject, 'the answer has RateLimit headers');
  const declared = limitsOf(limiter).flatMap(({ limit, burst }) => [limit, burst]);
  return declared.includes(Number(said))
    ? ok(subject, `${name} says ${said}, as the profile`)
    : unknown(
        subject,
        `${name} says ${said}, the profile ${limiter.limit} per ${duration(limiter.windowMs)}`,
        'if that is the limit of a webhook, declare it: limiter.limit and limiter.windowMs',
      );
}
