import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { DeclaredLife } from '../../contract/profile/key-life.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { type Status, worst } from '../../contract/report/criteria.ts';
import type { SignalPicture } from '../../contract/report/pictures.ts';
import { type DeliveryFault, deliveryFaults } from '../delivery/delivery-faults.ts';
import { latestWords, slowest } from '../delivery/delivery-words.ts';
import { effectsWords } from '../delivery/effects-words.ts';
import { ofExitedServer } from '../delivery/exited-server.ts';
import { oddsOfDuplicates } from '../delivery/idempotency/odds.ts';
import { retriesBeyond } from '../delivery/idempotency/retries.ts';
import type { Failures } from '../delivery/reconciliation/failures.ts';
import { kindInWords, wrongKinds } from '../delivery/reconciliation/findings.ts';
import type { Reconciliation } from '../delivery/reconciliation/reconcile.ts';
import type { TwiceCounts } from '../delivery/reconciliation/twice-counts.ts';
import {
  deliveryIn,
  faultsAfter,
  inPhase,
  ofTornLedger,
  partSummary,
  type ScenarioDelivery,
  statusOf,
} from '../delivery/scenario-delivery.ts';
import { textOf } from '../delivery/undecided.ts';
import { deliveryInPieces } from '../digest/delivery-in-pieces.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { isMostlyWithoutCpu, starvedTimeouts } from '../interpret/starvation.ts';
import { servingProcesses } from '../processes/serving.ts';
import { nothingTested, settingsHints } from '../settings-hints.ts';
import { forgottenKeys } from '../stores/forgotten-keys.ts';
import { counted } from '../words.ts';
import { deliveryAdvice, deliveryAdviceOn } from './exactly-once-advice.ts';
import { measuresOf, total, totalFailures, totalTwice } from './exactly-once-measures.ts';
import { absent, undecidable, withoutLedger } from './foreseen.ts';
import { noLedger } from './min-requests.ts';
import { type Judgement, ledgerIsWhole, ledgersOf, type Rule } from './rule.ts';

/** So many of the signals that went wrong are named; the report shows few lines. */
const maxNamed = 8;

export const exactlyOnce: Rule<'exactly-once'> = {
  id: 'exactly-once',
  title: 'Exactly once',
  question: 'Is each signal processed exactly once?',
  evidence:
    'what the server says it processed (read-back) against the ledger, in all scenarios; the probes of idempotency',
  thresholds: () => ({ pass: 'proven on this run', warn: null, fail: 'lost or processed more than once' }),
  faults: [
    ...wrongKinds.map(kindInWords),
    'failed',
    'counter differs from the list',
    'TTL shorter or longer than declared',
    'copies accepted at one instant',
    'processed more than once, or lost, after the connection was cut',
    'repeats prolong the TTL',
    'distinct signals treated as duplicates',
    'a changed payload taken as new, or as a duplicate, although telling is promised',
  ],
  advice: deliveryAdvice,
  scenarios: null,
  foretold(seen) {
    const { idempotency, readback } = seen.profile;
    if (readback.kind !== 'none') return withoutLedger(seen);
    return idempotency.kind === 'none'
      ? absent('the profile declares neither idempotency nor a read-back')
      : undecidable(
          'without a read-back (readback of the profile) answers alone decide, and they can only prove a fault',
        );
  },
  needs: (run) => [...ledgersOf(exactlyOnce, run), 'counts'],
  judge(run): Judgement {
    const { profile } = run.manifest;
    const isReadBack = profile.readback.kind !== 'none';
    if (profile.idempotency.kind === 'none' && !isReadBack) {
      return { status: 'not-applicable', summary: 'the profile declares neither idempotency nor a read-back' };
    }
    const { every } = settingsHints(run);
    if (every !== null) return { status: 'inconclusive', summary: nothingTested(every) };
    const deliveries = run.scenarios.flatMap((scenario) => {
      const delivery = deliveryOf(run, scenario);
      return delivery === null
        ? []
        : [ofExitedServer(run, scenario.window.endedAtUs, ofLedger(delivery, ledgerIsWhole(run, scenario.name)))];
    });
    if (deliveries.length === 0) return { status: 'inconclusive', summary: noLedger };
    const parts = deliveries.map((delivery) => ({
      scenario: delivery.scenario,
      status: statusOf(delivery, isReadBack),
      summary: partSummary(delivery),
      measures: measuresOf([delivery], isReadBack),
    }));
    const status = worst(parts.map((part) => part.status));
    const faults = status === 'fail' ? deliveryFaults(deliveries, servingProcesses(run)) : [];
    const forgotten = faults.some((fault) => forgottenLooksLike.includes(fault)) ? forgottenKeys(run) : null;
    const why = status === 'inconclusive' ? withoutCpuWords(run) : forgotten === null ? '' : `; ${forgotten}`;
    const summary = `${summaryOf(deliveries, status, profile)}${why}`;
    const keyLife = profile.idempotency.kind === 'ttl' ? profile.idempotency : null;
    return {
      ...{ status, summary },
      measures: measuresOf(deliveries, isReadBack),
      evidence: evidenceOf(deliveries, { isReadBack, keyLife, said: saidIn(status, isReadBack) }),
      parts,
      ...(status === 'fail'
        ? { advice: deliveryAdviceOn(forgotten === null ? faults : ['keys lost', ...faults]) }
        : {}),
      pictures: picturesOf(deliveries, run.manifest.startedAtUs),
    };
  },
};

/** What repeats show where the store of the keys forgot them. */
const forgottenLooksLike: readonly DeliveryFault[] = ['keys lost', 'TTL shorter', 'not recognized'];

/** Answers that come late leave open which of two came first, and on which side of the TTL. */
const withoutCpuWords = (run: Run): string =>
  run.scenarios.some((scenario) => isMostlyWithoutCpu(run, scenario))
    ? '; there was no CPU to spare most of the time, which may be why: run again on a machine that has some'
    : '';

function deliveryOf(run: Run, scenario: ScenarioRun): ScenarioDelivery | null {
  const { name, ledger, digest } = scenario;
  if (digest !== null) return deliveryInPieces(digest);
  if (ledger === null) return null;
  return deliveryIn(name, ledger, run.manifest.profile, starvedTimeouts(run, scenario, ledger));
}

const ofLedger = (delivery: ScenarioDelivery, isWhole: boolean): ScenarioDelivery =>
  isWhole ? delivery : ofTornLedger(delivery);

/** What the summary says of each scenario in full. */
type Said = 'faults' | 'undecided' | 'neither';

function saidIn(status: Status, isReadBack: boolean): Said {
  if (status === 'fail') return 'faults';
  return status === 'inconclusive' && isReadBack ? 'undecided' : 'neither';
}

function summaryOf(deliveries: readonly ScenarioDelivery[], status: Status, profile: TargetProfile): string {
  const { idempotency, readback } = profile;
  const isReadBack = readback.kind !== 'none';
  const signals = counted(
    total(deliveries, (one) => one.signals),
    'signal',
  );
  const unknown = total(deliveries, (one) => one.unknown);
  const ofUnknown = unknown > 0 ? `, ${unknown} of unknown effect` : '';
  if (status === 'fail') {
    const proof = isReadBack ? '' : ' by the answers; what was processed was not read back';
    const wrong = wrongKinds.flatMap((kind) => {
      const number = total(deliveries, (one) => one.wrong[kind].count);
      return number > 0 ? [`${number} ${kindInWords(kind)}`] : [];
    });
    return [
      ...(wrong.length > 0 ? [`${wrong.join(', ')} of ${signals}${proof}`] : []),
      ...deliveries.flatMap(faultsAfter),
      ...failedIn(deliveries),
      ...new Set(deliveries.flatMap(complaintsIn)),
    ].join('; ');
  }
  if (!isReadBack) {
    return `the profile declares no read-back, and answers alone cannot show what was lost or processed more than once; by its answers none of ${signals} was accepted more than once within the TTL or wrongly called a duplicate${ofUnknown}`;
  }
  if (status === 'inconclusive') {
    return `not proven for ${signals}: ${[...new Set(deliveries.flatMap(undecidedIn))].join('; ')}`;
  }
  const latest = latestWords(slowest(deliveries.map(({ seen }) => seen)));
  const effects = effectsWords(
    deliveries.map(({ reconciled }) => reconciled),
    idempotency.kind,
  );
  return `${effects}${latest}${ofUnknown}`;
}

/** The life of one signal of each kind that went wrong, most telling first. */
function picturesOf(deliveries: readonly ScenarioDelivery[], startedAtUs: number): readonly SignalPicture[] {
  return wrongKinds.flatMap((kind) => {
    const [shown] = deliveries.flatMap(({ scenario, reconciled }) =>
      reconciled.wrong[kind].drawn.map((draw) => ({ draw, scenario })),
    );
    return shown === undefined ? [] : [shown.draw({ scenario: shown.scenario, startedAtUs })];
  });
}

const undecidedIn = ({ undecided }: ScenarioDelivery): readonly string[] => undecided.map(textOf);
const complaintsIn = ({ complaints }: ScenarioDelivery): readonly string[] => complaints.map(({ text }) => text);

const hasFailed = ({ failures }: ScenarioDelivery): boolean => failures.failed > 0;

/** Failures of all scenarios that had some, in one clause; parts and evidence tell them per scenario. */
function failedIn(deliveries: readonly ScenarioDelivery[]): readonly string[] {
  const failed = deliveries.filter(hasFailed);
  if (failed.length === 0) return [];
  const names: readonly ScenarioName[] = failed.map(({ scenario }) => scenario);
  const sum = (of: (failures: Failures) => number): number => totalFailures(failed, of);
  return [`${sum((one) => one.failed)} of ${sum((one) => one.sent)} failed in ${names.join(' and ')}`];
}

/** Scenarios may share their webhooks, so that each has its own number. */
function equalCountersIn(deliveries: readonly ScenarioDelivery[]): string | null {
  const equal = deliveries.filter(({ equalCounters }) => equalCounters > 0);
  const [first, ...others] = equal.map(({ equalCounters }) => counted(equalCounters, 'webhook'));
  if (first === undefined) return null;
  const where =
    others.length === 0
      ? first
      : equal.map(({ scenario, equalCounters }) => `${counted(equalCounters, 'webhook')} in ${scenario}`).join(', ');
  return `the target's counter equals its list on ${where}`;
}

function evidenceOf(
  deliveries: readonly ScenarioDelivery[],
  {
    isReadBack,
    keyLife,
    said,
  }: { readonly isReadBack: boolean; readonly keyLife: DeclaredLife | null; readonly said: Said },
): readonly string[] {
  /** The summary says it, and the scenario is plain: it is the only one, or its signals are named. */
  const isSaid = (what: Said, { reconciled }: ScenarioDelivery): boolean =>
    said === what && (deliveries.length === 1 || wrongKinds.some((kind) => reconciled.wrong[kind].count > 0));
  const unsaid = (what: Said, texts: (delivery: ScenarioDelivery) => readonly string[]): readonly string[] =>
    named((delivery) => (isSaid(what, delivery) ? [] : texts(delivery)));
  const named = (texts: (delivery: ScenarioDelivery) => readonly string[]): readonly string[] =>
    deliveries.flatMap((delivery) => texts(delivery).map((text) => `${delivery.scenario}: ${text}`));
  const odds = (what: string, of: (reconciled: Reconciliation) => TwiceCounts) =>
    oddsOfDuplicates(totalTwice(deliveries, of), what, isReadBack ? 'processed' : 'accepted');
  return [
    ...deliveries
      .filter(hasFailed)
      .map(
        ({ scenario, failures }) =>
          `${scenario}: ${failures.failed} of ${failures.sent} failed: answered with a failure or cut off${inPhase(failures)}`,
      ),
    ...unsaid('faults', faultsAfter),
    ...unsaid('faults', complaintsIn),
    ...named(({ reconciled }) =>
      wrongKinds.flatMap((kind) => reconciled.wrong[kind].named.map((text) => `${kindInWords(kind)}: ${text}`)),
    ).slice(0, maxNamed),
    ...unsaid('undecided', undecidedIn),
    ...[
      odds('repeated signals', (one) => one.surelyRepeated),
      isReadBack ? odds('signals sent again after a cut or a failure', (one) => one.redelivered) : null,
      isReadBack ? odds('accepted signals read back', (one) => one.readBack) : null,
      keyLife === null ? null : retriesBeyond(keyLife),
      equalCountersIn(deliveries),
    ].filter((text) => text !== null),
    ...named(({ remarks }) => remarks),
  ];
}
