/** Which numbers a setting takes. */
export interface NumberRange {
  readonly min: number;
  /** Unless given, the largest whole number that stays exact. */
  readonly max?: number;
  /** Whether fractions are refused; they are unless this is false. */
  readonly whole?: boolean;
}

/**
 * The one parser of numbers in options, settings and the environment. Decimal notation only: `1e3` and `0x10` are refused.
 * @returns the number, or null if the text is not a number within the range.
 */
export function parseNumber(
  text: string,
  { min, max = Number.MAX_SAFE_INTEGER, whole = true }: NumberRange,
): number | null {
  const digits = whole ? /^[+-]?\d+$/ : /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
  if (!digits.test(text.trim())) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}

/** The range as part of a sentence: `a whole number from 1 to 64`. */
export function rangeInWords({ min, max, whole = true }: NumberRange): string {
  const kind = whole ? 'a whole number' : 'a number';
  return max === undefined ? `${kind} of at least ${min}` : `${kind} from ${min} to ${max}`;
}
