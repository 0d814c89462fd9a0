import { phases, ttlMs } from '../../contract/plan/plan.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { identifyingField } from '../../contract/profile/identifying-field.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { burstSpreadMs } from '../delivery/burst-spread.ts';
import { countersOf, orderOf } from '../delivery/concurrency.ts';
import { oddsOfDuplicates } from '../delivery/idempotency/odds.ts';
import { probeIdempotency } from '../delivery/idempotency/probes.ts';
import { retriesBeyond } from '../delivery/idempotency/retries.ts';
import { type Failures, failuresIn, noFailures } from '../delivery/reconciliation/failures.ts';
import { wrongKinds } from '../delivery/reconciliation/findings.ts';
import { type Reconciliation, reconcile } from '../delivery/reconciliation/reconcile.ts';
import { signalsByPhase } from '../interpret/attempts.ts';
import type { Ledger } from '../journal/ledger.ts';
import { counted } from '../words.ts';
import { type Judgement, ledgersOf, type Rule, worst } from './rule.ts';

/** Where every signal's outcome has to be told: a 5xx or a broken connection leaves its sender with nothing
 * to go by. Elsewhere these are errors alone. */
const fateIsTold: readonly ScenarioName[] = ['burst', 'concurrency', 'idempotency'];

/** Of the signals that went wrong, as many are named; the report shows few lines. */
const maxNamed = 8;

interface Found {
  readonly scenario: ScenarioName;
  readonly account: Reconciliation;
  readonly failures: Failures;
  /** What is proven wrong beside account and failures, by name. */
  readonly complaints: readonly string[];
  /** Why it cannot pass, if nothing is wrong. */
  readonly undecided: readonly string[];
  readonly remarks: readonly string[];
  readonly wrongSignals: number;
  /** Webhooks on which the target's counter equals its list; 0 where it differs on any. */
  readonly equalCounters: number;
}

function find(scenario: ScenarioName, ledger: Ledger, profile: TargetProfile): Found {
  const account = reconcile(ledger, profile);
  const complaints: string[] = [];
  const undecided: string[] = [...account.unread];
  const remarks: string[] = [...account.remarks];

  if (account.unnamed > 0) {
    undecided.push(
      `the read-back does not name ${identifyingField(profile, 'ticker') ?? 'what they differ in'}: it cannot tell ${counted(account.unnamed, 'signal')} that share an id apart`,
    );
  }
  if (account.accepted === 0) undecided.push('no signal was accepted');

  if (scenario === 'burst') {
    const spreadMs = burstSpreadMs(ledger);
    if (spreadMs !== null) {
      const isTooWide = profile.idempotency.kind === 'ttl' && spreadMs >= ttlMs(profile);
      remarks.push(`achieved spread ${spreadMs.toFixed(1)} ms${isTooWide ? ', not within the TTL' : ''}`);
      if (isTooWide) undecided.push('the spread could exceed the TTL');
    }
  }
  if (scenario === 'idempotency') {
    const probed = probeIdempotency(ledger, profile);
    complaints.push(...probed.complaints);
    undecided.push(...probed.undecided);
    remarks.push(...probed.remarks);
  }
  if (scenario === 'concurrency') {
    const byPhase = signalsByPhase(ledger);
    for (const phase of [phases.concurrency, phases.concurrencyApart]) {
      const order = orderOf(ledger, byPhase.get(phase) ?? []);
      if (order !== null) remarks.push(`${phase}: ${order}`);
    }
  }
  const counters = countersOf(ledger, profile, account.unread.length === 0, account.foreign > 0);
  complaints.push(...counters.complaints);
  remarks.push(...counters.remarks);
  if (account.foreign > 0) {
    remarks.push(
      `${counted(account.foreign, 'signal')} of other ids read back: the history of given webhooks, or another sender`,
    );
  }
  return {
    scenario,
    account,
    failures: fateIsTold.includes(scenario) ? failuresIn(ledger) : noFailures,
    complaints,
    undecided,
    remarks,
    equalCounters: counters.complaints.length + counters.remarks.length === 0 ? counters.compared : 0,
    wrongSignals: wrongKinds.reduce((sum, kind) => sum + account.wrong[kind].count, 0),
  };
}

function statusOf({ failures, complaints, wrongSignals, undecided }: Found, isReadBack: boolean): Status {
  if (wrongSignals > 0 || failures.failed > 0 || complaints.length > 0) return 'fail';
  return undecided.length > 0 || !isReadBack ? 'inconclusive' : 'pass';
}

const inPhase = ({ phase }: Failures): string => (phase === null ? '' : `, in phase ${phase} alone`);

function partSummary({ account, wrongSignals, failures, complaints, undecided, remarks, scenario }: Found): string {
  return [
    `${counted(account.signals, 'signal')}, ${account.repeated} of them repeated, ${wrongSignals} wrong`,
    ...(account.unknown > 0 ? [`${account.unknown} unknown`] : []),
    ...(account.ambiguous > 0 ? [`${account.ambiguous} ambiguous`] : []),
    ...(failures.failed > 0 ? [`${failures.failed} of ${failures.sent} failed${inPhase(failures)}`] : []),
    ...complaints,
    ...undecided,
    ...(scenario === 'burst' ? remarks.filter((remark) => remark.startsWith('achieved spread')) : []),
  ].join('; ');
}

/** Of all scenarios that had failures, in one clause; the scenarios are told apart in parts and evidence. */
function failedIn(findings: readonly Found[]): string {
  const sum = (count: (failures: Failures) => number): number =>
    findings.reduce((total, { failures }) => total + count(failures), 0);
  const names = findings.map(({ scenario }) => scenario).join(' and ');
  return `${sum(({ failed }) => failed)} of ${sum(({ sent }) => sent)} failed in ${names}`;
}

export const exactlyOnce: Rule = {
  criterion: 'exactly-once',
  scenarios: null,
  needs: (run) => [...ledgersOf(exactlyOnce, run), 'counts'],
  judge(run): Judgement {
    const { profile } = run.manifest;
    const isReadBack = profile.readback.kind !== 'none';
    if (profile.idempotency.kind === 'none' && !isReadBack) {
      return { status: 'not-applicable', summary: 'the target declares neither idempotency nor a read-back' };
    }
    const findings = run.scenarios.flatMap(({ name, ledger }) =>
      ledger === null ? [] : [find(name, ledger, profile)],
    );
    if (findings.length === 0) return { status: 'inconclusive', summary: 'there is no ledger' };
    const parts = findings.map((finding) => ({
      scenario: finding.scenario,
      status: statusOf(finding, isReadBack),
      summary: partSummary(finding),
    }));
    const status = worst(parts.map((part) => part.status));

    const sum = (count: (account: Reconciliation) => number): number =>
      findings.reduce((total, { account }) => total + count(account), 0);
    const signals = sum((account) => account.signals);
    const unknown = sum((account) => account.unknown);
    const named = (texts: (finding: Found) => readonly string[]): readonly string[] =>
      findings.flatMap((finding) => texts(finding).map((text) => `${finding.scenario}: ${text}`));
    const wrong = wrongKinds.flatMap((kind) => {
      const count = sum((account) => account.wrong[kind].count);
      return count > 0 ? [`${count} ${kind}`] : [];
    });
    const failed = findings.filter(({ failures }) => failures.failed > 0);
    const complaints = findings.flatMap((finding) => finding.complaints);
    const odds = [
      oddsOfDuplicates(
        sum((account) => account.surelyRepeated.twice),
        sum((account) => account.surelyRepeated.n),
        'repeated signals',
      ),
      ...(isReadBack
        ? [
            oddsOfDuplicates(
              sum((account) => account.readBack.twice),
              sum((account) => account.readBack.n),
              'accepted signals read back',
            ),
          ]
        : []),
    ].filter((text) => text !== null);
    const equalCounters = findings.reduce((total, found) => total + found.equalCounters, 0);
    const retries = profile.idempotency.kind === 'ttl' ? retriesBeyond(profile.idempotency.ttlMs) : null;

    const evidence = [
      ...failed.map(
        ({ scenario, failures }) =>
          `${scenario}: ${failures.failed} of ${failures.sent} failed: answered with a failure or cut off${inPhase(failures)}`,
      ),
      ...named((finding) => finding.complaints),
      ...named(({ account }) =>
        wrongKinds.flatMap((kind) => account.wrong[kind].named.map((text) => `${kind}: ${text}`)),
      ).slice(0, maxNamed),
      ...named((finding) => finding.undecided),
      ...odds,
      ...(retries === null ? [] : [retries]),
      ...(equalCounters > 0 ? [`the target's counter equals its list on ${counted(equalCounters, 'webhook')}`] : []),
      ...named((finding) => finding.remarks),
    ];
    return { status, summary: summaryOf(status), evidence, parts };

    function summaryOf(of: Status): string {
      const fate = unknown > 0 ? `, ${unknown} of unknown effect` : '';
      if (of === 'fail') {
        return [
          ...(wrong.length > 0 ? [`${wrong.join(', ')} of ${counted(signals, 'signal')}`] : []),
          ...(failed.length > 0 ? [failedIn(failed)] : []),
          ...complaints,
        ].join('; ');
      }
      if (!isReadBack) {
        return `the target offers no read-back, and answers alone cannot show what was lost or processed twice; by its answers none of ${counted(signals, 'signal')} was accepted twice within the TTL or wrongly called a duplicate${fate}`;
      }
      if (of === 'inconclusive') {
        return `not proven for ${counted(signals, 'signal')}: ${[...new Set(findings.flatMap((finding) => finding.undecided))].join('; ')}`;
      }
      return `${counted(signals, 'signal')} read back, none lost, none processed twice${fate}`;
    }
  },
};
