import type { ComplaintFault } from './complaint.ts';
import type { WrongKind } from './reconciliation/findings.ts';
import type { Reconciliation } from './reconciliation/reconcile.ts';
import type { ScenarioDelivery } from './scenario-delivery.ts';

export type DeliveryFault =
  | ComplaintFault
  | Exclude<WrongKind, 'processed twice' | 'accepted twice' | 'accepted again and not processed'>
  | 'lost after a cut'
  | 'lost after a failure'
  | 'twice after a cut'
  | 'twice after a failure'
  | 'processed again'
  | 'keys apart'
  | 'failing repeat processed'
  | 'refused repeat processed'
  | 'failed';

/** Repeats are taken as new then, whenever they come: copies at one instant are no race. */
const explainsCopies: readonly DeliveryFault[] = ['not recognized', 'key holds the stamp', 'keys per worker'];
/** Repeats within the TTL are taken as new, and so processed twice. */
const explainsTwice: readonly DeliveryFault[] = [...explainsCopies, 'TTL shorter', 'keys lost', 'key too fine'];
/** A key that lives on, or stands for several signals, calls new ones duplicates. */
const explainsSuppressed: readonly DeliveryFault[] = ['TTL longer', 'TTL prolonged', 'key too coarse'];

/** Repeats are forgotten at any age, and copies at one instant as well: as where each process has keys of its own. */
const forgottenAtAnyAge: readonly DeliveryFault[] = ['keys lost', 'copies race'];

/** Of keys that each worker has for itself: what is sent again after a cut goes over another connection, and comes to any worker. */
const explainedByWorkers: readonly DeliveryFault[] = [...forgottenAtAnyAge, 'twice after a cut'];

/**
 * What is wrong with the delivery of all scenarios, the gravest first; what another fault explains is left out.
 * @param serving how many processes served at once; null if that is not known.
 */
export function deliveryFaults(
  deliveries: readonly ScenarioDelivery[],
  serving: number | null,
): readonly DeliveryFault[] {
  const faults = new Set(deliveries.flatMap(faultsIn));
  const likeliest = [...faults].find((fault) => explainsTwice.includes(fault));
  if (likeliest !== undefined && explainsCopies.includes(likeliest)) faults.delete('copies race');
  if (faults.has('keys per worker')) for (const fault of explainedByWorkers) faults.delete(fault);
  // Signals that are taken for one look lost.
  if (faults.has('key too coarse')) faults.delete('lost');
  if (explainsSuppressed.some((fault) => faults.has(fault))) faults.delete('wrongly suppressed');
  if (!forgottenAtAnyAge.every((fault) => faults.has(fault))) return [...faults];
  const apart: readonly DeliveryFault[] = serving === 1 ? [] : ['keys apart'];
  return [...apart, ...forgottenAtAnyAge, ...[...faults].filter((fault) => !forgottenAtAnyAge.includes(fault))];
}

function faultsIn(delivery: ScenarioDelivery): readonly DeliveryFault[] {
  const { reconciled, complaints, failures } = delivery;
  const { wrong } = reconciled;
  const has = (kind: WrongKind): boolean => wrong[kind].count > 0;
  const ofKind = <Kind extends WrongKind & DeliveryFault>(kind: Kind): readonly DeliveryFault[] =>
    has(kind) ? [kind] : [];
  return [
    ...(has('lost') ? lostIn(delivery) : []),
    ...(has('accepted again and not processed') ? (['dropped later'] as const) : []),
    ...(has('processed twice') || has('accepted twice') ? twiceIn(delivery) : []),
    ...ofKind('unexpected'),
    ...ofKind('stuck in progress'),
    ...complaints.flatMap(({ faults }) => faults),
    ...ofKind('wrongly suppressed'),
    ...ofKind('wrongly called changed'),
    ...(failures.failed > 0 ? (['failed'] as const) : []),
  ];
}

const failureCauses: readonly string[] = ['the server answered with a failure', 'it was refused'];

function afterIn({ reconciled: { redelivered } }: ScenarioDelivery, what: 'lost' | 'twice') {
  const causes = redelivered.byCause.filter((counts) => counts[what] > 0);
  return {
    count: causes.reduce((sum, counts) => sum + counts[what], 0),
    faults: causes
      .toSorted((a, b) => b[what] - a[what])
      .map(({ cause }) =>
        failureCauses.includes(cause) ? (`${what} after a failure` as const) : (`${what} after a cut` as const),
      ),
  };
}

function lostIn(delivery: ScenarioDelivery): readonly DeliveryFault[] {
  const after = afterIn(delivery, 'lost');
  return [...after.faults, ...(after.count < delivery.reconciled.wrong.lost.count ? (['lost'] as const) : [])];
}

/** By what came before the second effect: a cut, a failure, an expired or lost key, a copy beside it, or nothing that its sender sent. */
function twiceIn(delivery: ScenarioDelivery): readonly DeliveryFault[] {
  const { wrong, surelyRepeated, readBack, twiceThough, twiceApart, twiceAfterFailure } = delivery.reconciled;
  const redelivered = afterIn(delivery, 'twice');
  const after = {
    count: redelivered.count + twiceAfterFailure,
    faults: [...(twiceAfterFailure > 0 ? (['twice after a failure'] as const) : []), ...redelivered.faults],
  };
  const known = after.count + twiceThough.failed + twiceThough.refused;
  const left = wrong['processed twice'].count + wrong['accepted twice'].count - known;
  const sentOnce = Math.max(0, readBack.twice - surelyRepeated.twice - known);
  // What processes a signal again that was sent once may do so to any.
  const though = sentOnce > 0 ? [] : thoughIn(twiceThough);
  const explained = [...though, ...after.faults];
  if (left <= 0) return explained;
  const said = delivery.complaints.flatMap(({ faults }) => faults);
  if (!said.includes('copies race') && said.some((fault) => explainsTwice.includes(fault))) return explained;
  const again = twiceApart >= left ? 'keys lost' : 'copies race';
  const rest: readonly DeliveryFault[] =
    sentOnce === 0 ? [again] : 2 * sentOnce > left ? ['processed again'] : [again, 'processed again'];
  return known > left ? [...explained, ...rest] : [...rest, ...explained];
}

const thoughIn = ({ failed, refused }: Reconciliation['twiceThough']): readonly DeliveryFault[] => [
  ...(failed > 0 ? (['failing repeat processed'] as const) : []),
  ...(refused > 0 ? (['refused repeat processed'] as const) : []),
];
