import { limiterNames, type NamedLimit } from './store/limiters/limiter.ts';

/**
 * Reads `KIND:N:MS` or `KIND:N:MS:BURST` texts.
 * @returns the limits and every problem found, one sentence each; the limits count only where there are none.
 */
export function parseFurther(texts: readonly string[]): {
  readonly further: readonly NamedLimit[];
  readonly problems: readonly string[];
} {
  const further: NamedLimit[] = [];
  const problems: string[] = [];
  for (const text of texts) {
    const [kind, ...numbers] = text.split(':');
    const limiter = limiterNames.find((name) => name === kind && name !== 'none');
    const [limit = Number.NaN, windowMs = Number.NaN, burst = limit] = numbers.map(Number);
    const isWhole = [limit, windowMs, burst].every((value) => Number.isSafeInteger(value) && value >= 1);
    if (limiter === undefined || !isWhole || numbers.length > 3) {
      problems.push(`--further "${text}" must be KIND:N:MS or KIND:N:MS:BURST, such as sliding:100:60000`);
    } else {
      further.push({ limiter, limit, windowMs, burst });
    }
  }
  return { further, problems };
}
