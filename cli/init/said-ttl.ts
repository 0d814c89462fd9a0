import { fieldsOf, textIn } from '../../analysis/journal/fields.ts';
import { saysDuplicate } from './guess-answers.ts';
import type { References } from './schema.ts';

/** For how long repeats are recognized, and where a document says so. */
export interface SaidTtl {
  readonly ttlMs: number;
  readonly said: string;
}

const unitsMs: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|millis)/i, 1],
  [/^s/i, 1000],
  [/^m/i, 60_000],
  [/^h/i, 3_600_000],
  [/^d/i, 86_400_000],
];

const duration =
  /\b(?:within|last|past|previous|for|during|over|window of|ttl(?: of|:)?)\s+(?:the\s+)?(?:last\s+|past\s+|previous\s+)?(?:(\d{1,7})\s*|(?:an?|one)\s+)?(ms|milliseconds?|s|secs?|seconds?|min|minutes?|h|hours?|days?)\b/gi;

/** When to send again is another time. */
const saysWait = /\b(?:retry|wait|again in|try)\b/i;

/** The one length of time that a text names, in milliseconds; null for none, or several. */
function durationIn(text: string): number | null {
  const found = new Set(
    [...text.matchAll(duration)].map(([, count = '1', unit = '']) => {
      const [, unitMs = 0] = unitsMs.find(([named]) => named.test(unit)) ?? [];
      return Number(count) * unitMs;
    }),
  );
  const [only = 0] = found;
  return found.size === 1 && only > 0 ? only : null;
}

/** What is said of repeats: of the answers to them, and of the headers that they are known by. Null where it says nothing, or two things. */
export function ttlSaid(
  responses: unknown,
  parameters: readonly Readonly<Record<string, unknown>>[],
  references: References,
): SaidTtl | null {
  const answers = Object.values(fieldsOf(responses) ?? {}).map((response) => references.resolve(response) ?? {});
  const keys = parameters.filter((parameter) => /idempotency/i.test(textIn(parameter, 'name') ?? ''));
  const texts = [
    ...answers.map((answer) => textIn(answer, 'description') ?? '').filter((text) => saysDuplicate.test(text)),
    ...keys.map((key) => textIn(key, 'description') ?? ''),
  ];
  const said = texts.flatMap((text): SaidTtl[] => {
    const ttlMs = saysWait.test(text) ? null : durationIn(text);
    return ttlMs === null ? [] : [{ ttlMs, said: text }];
  });
  const [first] = said;
  return first !== undefined && said.every(({ ttlMs }) => ttlMs === first.ttlMs) ? first : null;
}
