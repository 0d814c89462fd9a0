const secondsPer = { s: 1, m: 60, h: 3600 } as const;

export const durationShape = /^(\d{1,7}(?:\.\d+)?)([smh])$/;

/** Whole seconds of `90s`, `1.5h`; null for another text. */
export function secondsOf(text: string): number | null {
  const [, number, unit] = durationShape.exec(text) ?? [];
  if (unit !== 's' && unit !== 'm' && unit !== 'h') return null;
  return Math.round(Number(number) * secondsPer[unit]);
}
