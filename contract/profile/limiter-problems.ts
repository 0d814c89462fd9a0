import type { DeclaredLimit } from './declared-limits.ts';
import { kindsWithBurst } from './limiter-kinds.ts';
import type { TargetProfile } from './profile.ts';

/** What does not fit together in what a profile declares of its limiter. */
export function limiterProblems({ limiter }: { readonly limiter: TargetProfile['limiter'] | null }): string[] {
  if (limiter === null || limiter.kind === 'none') return [];
  const { kind, further = [], penaltyMs, penaltyProlonged, refusesToEnd } = limiter;
  return [
    ...ofBurst('limiter', limiter),
    ...ofSegments('limiter', limiter),
    ...further.flatMap((limit, n) => [
      ...ofBurst(`limiter.further.${n}`, limit),
      ...ofSegments(`limiter.further.${n}`, limit),
      ...(limit.windowMs < limiter.windowMs && limit.kind !== 'concurrent'
        ? [
            `limiter.further.${n}.windowMs: is ${limit.windowMs}, shorter than limiter.windowMs, ${limiter.windowMs}; declare the limit with the shortest window first`,
          ]
        : []),
    ]),
    ...(penaltyProlonged !== undefined && penaltyMs === undefined
      ? ['limiter.penaltyMs: is missing; penaltyProlonged says of it what refusals do']
      : []),
    ...(refusesToEnd !== undefined && kind !== 'weighted' ? ['limiter.refusesToEnd: only for weighted'] : []),
  ];
}

function ofBurst(at: string, { kind, burst }: DeclaredLimit): string[] {
  const needsBurst = kindsWithBurst.includes(kind) && kind !== 'delaying';
  if (needsBurst && burst === null) return [`${at}.burst: is missing; set the size of the ${kind}`];
  if (!kindsWithBurst.includes(kind) && burst !== null) {
    return [`${at}.burst: must be null, because a limiter of kind "${kind}" has no burst`];
  }
  return [];
}

function ofSegments(at: string, { kind, segments }: DeclaredLimit): string[] {
  return segments !== undefined && kind !== 'sliding' ? [`${at}.segments: only for sliding`] : [];
}
