import { keyLife } from '../../contract/plan/limits.ts';
import { isIdenticalBurst, isRedelivery, type Role } from '../../contract/plan/roles.ts';
import { type BuiltInScenario, isBuiltIn, type ScenarioName } from '../../contract/plan/scenarios.ts';
import { identifyingField } from '../../contract/profile/identifying-field.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Status } from '../../contract/report/criteria.ts';
import type { Measure } from '../../contract/report/report.ts';
import { signalsByPhase } from '../interpret/attempts.ts';
import { starvedWords } from '../interpret/full-machine.ts';
import type { Ledger } from '../journal/ledger.ts';
import { counted } from '../words.ts';
import { burstSpread, spreadInWords, spreadMeasure } from './burst-spread.ts';
import { type Complaint, complaint } from './complaint.ts';
import { countersOf, orderOf } from './concurrency.ts';
import { deliveryTimes } from './delivery-times.ts';
import { type DeliverySeen, deliveryWords } from './delivery-words.ts';
import { drainSeen } from './drain.ts';
import { nothing } from './idempotency/probe.ts';
import { probeIdempotency } from './idempotency/probes.ts';
import { oneListWords } from './one-list-words.ts';
import { type Failures, failuresIn, noFailures } from './reconciliation/failures.ts';
import { wrongKinds } from './reconciliation/findings.ts';
import { type Reconciliation, reconcile } from './reconciliation/reconcile.ts';
import { redeliveryFaults, redeliveryRemarks, redeliveryUndecided } from './reconciliation/redelivered.ts';
import { noTwiceCounts } from './reconciliation/twice-counts.ts';
import { Tally } from './tally.ts';
import { textOf, type Undecided, undecided, unreadBack } from './undecided.ts';

/** In these a 5xx or a broken connection is a fault: its sender cannot know what became of the signal. Elsewhere it is an error only. */
const outcomeMustBeKnown: readonly ScenarioName[] = ['burst', 'concurrency', 'idempotency'];

/** What one scenario shows of the delivery of its signals. */
export interface ScenarioDelivery {
  readonly scenario: ScenarioName;
  readonly reconciled: Reconciliation;
  readonly failures: Failures;
  /** What else is proven wrong, by name. */
  readonly complaints: readonly Complaint[];
  readonly undecided: readonly Undecided[];
  readonly remarks: readonly string[];
  /** How far apart identical signals were sent, in words that are among the remarks, too; one a piece of the ledger. */
  readonly spreads: readonly string[];
  readonly measures: readonly Measure[];
  readonly wrongSignals: number;
  /** When effects came. */
  readonly seen: DeliverySeen;
  /** Webhooks on which the target's counter equals its list; 0 if it differs on any. */
  readonly equalCounters: number;
}

/** @param isStarved tells which requests got no answer in time while nobody had CPU to spare. */
export function deliveryIn(
  scenario: ScenarioName,
  ledger: Ledger,
  profile: TargetProfile,
  isStarved: (at: number) => boolean = () => false,
): ScenarioDelivery {
  const failures = outcomeMustBeKnown.includes(scenario) ? failuresIn(ledger, isStarved) : noFailures;
  const delivery = withFailures(everythingIn(scenario, ledger, profile), failures);
  const words = coarserKeyWords(delivery.reconciled);
  return words === null ? delivery : ofCoarserKey(delivery, words);
}

/** Signals that are taken for one look lost, and their repeats anything: what that key explains is said once. */
function ofCoarserKey(delivery: ScenarioDelivery, words: string): ScenarioDelivery {
  const { reconciled } = delivery;
  const wrong = {
    ...reconciled.wrong,
    lost: new Tally(),
    'wrongly suppressed': new Tally(),
    'wrongly called changed': new Tally(),
  };
  return {
    ...delivery,
    reconciled: { ...reconciled, wrong },
    complaints: [complaint('key too coarse', words)],
    wrongSignals: wrongCount(wrong),
  };
}

/** Whether it is the one of ours, or an own scenario that has such a phase. */
function sends(
  scenario: ScenarioName,
  ours: BuiltInScenario,
  { phases }: Ledger,
  isOf: (role: Role) => boolean,
): boolean {
  return isBuiltIn(scenario) ? scenario === ours : phases.phases.some(({ role }) => isOf(role));
}

const wrongCount = (wrong: Reconciliation['wrong']): number =>
  wrongKinds.reduce((sum, kind) => sum + wrong[kind].count, 0);

function withFailures(delivery: ScenarioDelivery, failures: Failures): ScenarioDelivery {
  const { starved } = failures;
  return {
    ...delivery,
    failures,
    undecided: [...delivery.undecided, ...(starved > 0 ? [undecided(starvedWords(starved))] : [])],
  };
}

/** In which order each phase of rounds was processed. */
function ordersIn(ledger: Ledger): readonly string[] {
  const byPhase = signalsByPhase(ledger);
  return ledger.phases.phases.flatMap(({ name, schedule }) => {
    const order = schedule.kind === 'rounds' ? orderOf(ledger, byPhase.get(name) ?? []) : null;
    return order === null ? [] : [`${name}: ${order}`];
  });
}

function everythingIn(scenario: ScenarioName, ledger: Ledger, profile: TargetProfile): ScenarioDelivery {
  const reconciled = reconcile(ledger, profile);
  const probed = scenario === 'idempotency' ? probeIdempotency(ledger, profile) : nothing;
  const complaints: Complaint[] = [...probed.complaints];
  const again = sends(scenario, 'redelivery', ledger, isRedelivery) ? reconciled.redelivered : null;
  const open: string[] = [...redeliveryUndecided(again, profile)];
  const remarks: string[] = [...reconciled.remarks, ...redeliveryRemarks(again)];

  if (reconciled.unnamed > 0) {
    open.push(
      `the read-back does not name ${identifyingField(profile, 'ticker') ?? 'what they differ in'}: it cannot distinguish ${counted(reconciled.unnamed, 'signal')} that share an id`,
    );
  }
  open.push(...alikeWords(reconciled), ...perhapsStuckWords(reconciled));
  const list = oneListWords(ledger);
  open.push(...list.undecided);
  remarks.push(...list.remarks);
  if (reconciled.accepted === 0) open.push('no signal was accepted');

  const spreads: string[] = [];
  const spread = sends(scenario, 'burst', ledger, isIdenticalBurst) ? burstSpread(ledger) : null;
  if (spread !== null) {
    const maxMs = spread.ms + spread.uncertaintyMs;
    const isTooWide = profile.idempotency.kind === 'ttl' && maxMs >= keyLife(profile).minMs;
    spreads.push(`achieved spread ${spreadInWords(spread)}${isTooWide ? ', not within the TTL' : ''}`);
    remarks.push(...spreads);
    if (isTooWide) open.push('the spread could exceed the TTL');
  }
  open.push(...probed.undecided);
  remarks.push(...probed.remarks);
  if (scenario === 'concurrency') remarks.push(...ordersIn(ledger));
  const counters = countersOf(ledger, profile, reconciled.unread.length === 0, reconciled.thirdParty > 0);
  complaints.push(...counters.complaints);
  remarks.push(...counters.remarks);
  const others = reconciled.thirdParty - reconciled.checks;
  if (others > 0) {
    remarks.push(
      `${counted(others, 'signal')} of other ids read back: earlier signals on given webhooks, or another sender`,
    );
  }
  const seen = { times: deliveryTimes(ledger), drain: drainSeen(ledger) };
  remarks.push(...deliveryWords(seen));
  return {
    scenario,
    reconciled,
    seen,
    failures: noFailures,
    complaints,
    undecided: [...reconciled.unread.map(unreadBack), ...open.map(undecided)],
    ...{ remarks, spreads },
    measures: [...(probed.measures ?? []), ...(spread === null ? [] : [spreadMeasure(spread)])],
    equalCounters: counters.complaints.length + counters.remarks.length === 0 ? counters.compared : 0,
    wrongSignals: wrongCount(reconciled.wrong),
  };
}

/** So many new signals, and this share of all, that are called duplicates are no accident. */
const minSuppressed = 3;
const minSuppressedShare = 0.02;

/** Null if nothing shows that the key is coarser than declared. */
function coarserKeyWords({ borrowed, suppressed, signals }: Reconciliation): string | null {
  const { n, changed, example } = suppressed;
  const isSuppressed = n >= minSuppressed && n >= minSuppressedShare * signals;
  if (borrowed === 0 && !isSuppressed) return null;
  const called = changed === 0 ? 'duplicates' : changed === n ? 'changed' : 'duplicates or changed';
  const [asWhat, count] =
    borrowed > 0
      ? ["answered with another signal's answer: taken for duplicates", borrowed]
      : changed === 0
        ? ['taken for duplicates: answered so when they were new, and not processed', n]
        : [`taken for one another: called ${called} when they were new, and not processed`, n];
  const such = borrowed > 0 || example === null ? '' : ` For example, ${example}`;
  return `distinct signals were ${asWhat} (${count} of ${counted(signals, 'signal')}); is the key coarser than idempotency.fields says?${such}`;
}

function alikeWords({ alike }: Reconciliation): readonly string[] {
  return alike === 0
    ? []
    : [
        `${counted(alike, 'signal')} accepted more than once within the TTL, each time with the same answer: likely replays, which a rule of answers with "same-as-first" declares; what was processed only a read-back tells`,
      ];
}

function perhapsStuckWords({ perhapsStuck: { count, named } }: Reconciliation): readonly string[] {
  return count === 0
    ? []
    : [
        `${counted(count, 'signal')} still in progress when last asked about, stuck or worked on, such as ${named[0]}: only a read-back that tells when each was processed decides (readback.processedAtUs)`,
      ];
}

/** What was wrong with signals that were sent again, by what their senders saw. */
export function faultsAfter({ reconciled: { redelivered, wrong } }: ScenarioDelivery): readonly string[] {
  const isWrong = wrong.lost.count + wrong['processed twice'].count > 0;
  return isWrong ? redeliveryFaults(redelivered, wrong.lost.count > 0) : [];
}

/** Of a ledger with gaps: a missing row may explain whatever looks wrong. Only failed answers stay proven. */
export function ofTornLedger(delivery: ScenarioDelivery): ScenarioDelivery {
  const none = new Tally();
  return {
    ...delivery,
    reconciled: {
      ...delivery.reconciled,
      wrong: {
        lost: none,
        'accepted again and not processed': none,
        'processed twice': none,
        'accepted twice': none,
        unexpected: none,
        'wrongly suppressed': none,
        'stuck in progress': none,
        'wrongly called changed': none,
      },
      surelyRepeated: noTwiceCounts,
      readBack: noTwiceCounts,
      redelivered: { ...delivery.reconciled.redelivered, ...noTwiceCounts },
    },
    complaints: [],
    wrongSignals: 0,
    undecided: [undecided('rows of its ledger are missing'), ...delivery.undecided],
  };
}

export function statusOf(
  { failures, complaints, wrongSignals, undecided: open }: ScenarioDelivery,
  isReadBack: boolean,
): Status {
  if (wrongSignals > 0 || failures.failed > 0 || complaints.length > 0) return 'fail';
  return open.length > 0 || !isReadBack ? 'inconclusive' : 'pass';
}

export const inPhase = ({ phase }: Failures): string => (phase === null ? '' : `, in phase ${phase} alone`);

export function partSummary(delivery: ScenarioDelivery): string {
  const { reconciled, wrongSignals, failures, complaints, spreads, scenario } = delivery;
  return [
    `${counted(reconciled.signals, 'signal')}, ${reconciled.repeated} of them repeated, ${wrongSignals} wrong`,
    ...faultsAfter(delivery),
    ...(reconciled.unknown > 0 ? [`${reconciled.unknown} unknown`] : []),
    ...(reconciled.ambiguous > 0 ? [`${reconciled.ambiguous} ambiguous`] : []),
    ...(failures.failed > 0 ? [`${failures.failed} of ${failures.sent} failed${inPhase(failures)}`] : []),
    ...complaints.map(({ text }) => text),
    ...delivery.undecided.map(textOf),
    ...(scenario === 'burst' ? spreads : []),
  ].join('; ');
}
