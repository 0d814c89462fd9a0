import type { Measure } from '../../contract/report/report.ts';
import { wilson } from '../statistics.ts';

type Unit = Measure['unit'];
type Beside = Pick<Measure, 'low' | 'high' | 'threshold'>;

/** One figure of a finding. */
export function measure(name: string, value: number, unit: Unit, beside: Beside = {}): Measure {
  return { name, value, unit, ...beside };
}

export function count(name: string, value: number, beside: Beside = {}): Measure {
  return measure(name, value, 'count', beside);
}

/** A share with its 95% interval (Wilson); nothing of nothing. */
export function shareOf(name: string, part: number, whole: number, beside: Beside = {}): readonly Measure[] {
  if (whole === 0) return [];
  return [measure(name, part / whole, 'share', { ...wilson(part, whole), ...beside })];
}

/** How many answers a figure is taken over, and how many requests without one. */
export const answerCounts = (judged: number, timeouts: number): readonly Measure[] => [
  count('answers', judged - timeouts),
  ...(timeouts === 0 ? [] : [count('timeouts', timeouts)]),
];
