import type { Measure } from '../../contract/report/report.ts';
import { deliveryMeasures, slowest } from '../delivery/delivery-words.ts';
import type { Failures } from '../delivery/reconciliation/failures.ts';
import { wrongKinds } from '../delivery/reconciliation/findings.ts';
import type { Reconciliation } from '../delivery/reconciliation/reconcile.ts';
import { addTwiceCounts, type TwiceCounts } from '../delivery/reconciliation/twice-counts.ts';
import type { ScenarioDelivery } from '../delivery/scenario-delivery.ts';
import { wilson } from '../statistics.ts';
import { count, measure } from './measure.ts';

/** The sum over all scenarios. */
export function total(deliveries: readonly ScenarioDelivery[], of: (reconciled: Reconciliation) => number): number {
  return deliveries.reduce((sum, { reconciled }) => sum + of(reconciled), 0);
}

export function totalTwice(
  deliveries: readonly ScenarioDelivery[],
  of: (reconciled: Reconciliation) => TwiceCounts,
): TwiceCounts {
  return addTwiceCounts(deliveries.map(({ reconciled }) => of(reconciled)));
}

export function totalFailures(deliveries: readonly ScenarioDelivery[], of: (failures: Failures) => number): number {
  return deliveries.reduce((sum, { failures }) => sum + of(failures), 0);
}

/** A share of signals processed twice; if none was, its upper end is the rule of three's 3/n. What is not decided may be twice, or not. */
function twiceShare(name: string, { n, twice, undecided }: TwiceCounts): readonly Measure[] {
  if (n === 0) return [];
  const low = twice === 0 ? 0 : wilson(twice, n).low;
  const high = twice + undecided === 0 ? Math.min(1, 3 / n) : wilson(twice + undecided, n).high;
  return [
    measure(name, twice / n, 'share', {
      ...{ low, high, threshold: 0 },
    }),
  ];
}

export function measuresOf(deliveries: readonly ScenarioDelivery[], isReadBack: boolean): readonly Measure[] {
  const sumOf = (of: (reconciled: Reconciliation) => number): number => total(deliveries, of);
  const both = (of: (reconciled: Reconciliation) => TwiceCounts): TwiceCounts => totalTwice(deliveries, of);
  return [
    count(
      'signals',
      sumOf(({ signals }) => signals),
    ),
    ...wrongKinds.map((kind) =>
      count(
        kind.replaceAll(' ', '-'),
        sumOf(({ wrong }) => wrong[kind].count),
        { threshold: 0 },
      ),
    ),
    count(
      'failed',
      totalFailures(deliveries, ({ failed }) => failed),
      { threshold: 0 },
    ),
    count(
      'unknown',
      sumOf(({ unknown }) => unknown),
    ),
    count(
      'ambiguous',
      sumOf(({ ambiguous }) => ambiguous),
    ),
    ...twiceShare(
      'processed-twice-of-repeated',
      both(({ surelyRepeated }) => surelyRepeated),
    ),
    ...(isReadBack
      ? [
          ...twiceShare(
            'processed-twice-of-redelivered',
            both(({ redelivered }) => redelivered),
          ),
          ...twiceShare(
            'processed-twice-of-read-back',
            both(({ readBack }) => readBack),
          ),
        ]
      : []),
    ...deliveries.flatMap((delivery) => delivery.measures),
    ...deliveryMeasures(slowest(deliveries.map(({ seen }) => seen))),
  ];
}
