import { noFailures } from '../delivery/reconciliation/failures.ts';
import { byWrongKind } from '../delivery/reconciliation/findings.ts';
import type { Reconciliation } from '../delivery/reconciliation/reconcile.ts';
import { addTwiceCounts } from '../delivery/reconciliation/twice-counts.ts';
import type { ScenarioDelivery } from '../delivery/scenario-delivery.ts';
import { maxDrawn, maxNamed, Tally } from '../delivery/tally.ts';
import { addEach } from '../statistics.ts';

const maxWords = 8;

/** What two pieces show of the delivery of their signals, together. */
export function addDelivery(a: ScenarioDelivery, b: ScenarioDelivery): ScenarioDelivery {
  return {
    ...a,
    reconciled: addReconciliation(a.reconciled, b.reconciled),
    failures: noFailures,
    complaints: bothTold(a.complaints, b.complaints),
    undecided: bothTold(a.undecided, b.undecided),
    remarks: both(a.remarks, b.remarks),
    spreads: both(a.spreads, b.spreads),
    wrongSignals: a.wrongSignals + b.wrongSignals,
    equalCounters: 0,
  };
}

/** What every piece says is said once. */
const both = (a: readonly string[], b: readonly string[]): readonly string[] =>
  [...new Set([...a, ...b])].slice(0, maxWords);

const bothTold = <T extends { readonly text: string }>(a: readonly T[], b: readonly T[]): readonly T[] =>
  [...new Map([...a, ...b].map((each) => [each.text, each])).values()].slice(0, maxWords);

function addReconciliation(a: Reconciliation, b: Reconciliation): Reconciliation {
  const sum = (of: (one: Reconciliation) => number): number => of(a) + of(b);
  return {
    ...a,
    signals: sum(({ signals }) => signals),
    effects: sum(({ effects }) => effects),
    furtherEffects: {
      past: sum(({ furtherEffects }) => furtherEffects.past),
      changed: sum(({ furtherEffects }) => furtherEffects.changed),
    },
    borrowed: sum(({ borrowed }) => borrowed),
    suppressed: {
      n: sum(({ suppressed }) => suppressed.n),
      changed: sum(({ suppressed }) => suppressed.changed),
      example: a.suppressed.example ?? b.suppressed.example,
    },
    alike: sum(({ alike }) => alike),
    perhapsStuck: addTallies(a.perhapsStuck, b.perhapsStuck),
    repeated: sum(({ repeated }) => repeated),
    accepted: sum(({ accepted }) => accepted),
    taken: sum(({ taken }) => taken),
    unknown: sum(({ unknown }) => unknown),
    ambiguous: sum(({ ambiguous }) => ambiguous),
    twiceApart: sum(({ twiceApart }) => twiceApart),
    twiceAfterFailure: sum(({ twiceAfterFailure }) => twiceAfterFailure),
    unnamed: sum(({ unnamed }) => unnamed),
    thirdParty: sum(({ thirdParty }) => thirdParty),
    checks: sum(({ checks }) => checks),
    wrong: byWrongKind((kind) => addTallies(a.wrong[kind], b.wrong[kind])),
    surelyRepeated: addTwiceCounts([a.surelyRepeated, b.surelyRepeated]),
    readBack: addTwiceCounts([a.readBack, b.readBack]),
    unread: both(a.unread, b.unread),
    remarks: both(a.remarks, b.remarks),
  };
}

function addTallies(a: Tally, b: Tally): Tally {
  const sum = new Tally();
  for (const { count, named, drawn, byPhase } of [a, b]) {
    sum.count += count;
    sum.named.push(...named.slice(0, maxNamed - sum.named.length));
    sum.drawn.push(...drawn.slice(0, maxDrawn - sum.drawn.length));
    addEach(sum.byPhase, byPhase);
  }
  return sum;
}

/** The same with its pictures drawn: what draws them later holds the ledger of its piece. */
export function drawnNow(delivery: ScenarioDelivery, startedAtUs: number): ScenarioDelivery {
  const { scenario, reconciled } = delivery;
  const wrong = byWrongKind((kind) => {
    const tally = addTallies(reconciled.wrong[kind], new Tally());
    const pictures = tally.drawn.map((draw) => draw({ scenario, startedAtUs }));
    tally.drawn.splice(0, tally.drawn.length, ...pictures.map((picture) => () => picture));
    return tally;
  });
  return { ...delivery, reconciled: { ...reconciled, wrong } };
}

/** With effects of signals that no piece has sent. */
export function withUnsent(
  delivery: ScenarioDelivery,
  {
    unexpected,
    named,
    thirdParty,
  }: { readonly unexpected: number; readonly named: readonly string[]; readonly thirdParty: number },
): ScenarioDelivery {
  const { reconciled } = delivery;
  const tally = addTallies(reconciled.wrong.unexpected, new Tally());
  for (let n = 0; n < unexpected; n += 1) tally.add('', () => named[n] ?? '');
  return {
    ...delivery,
    reconciled: {
      ...reconciled,
      thirdParty: reconciled.thirdParty + thirdParty,
      wrong: { ...reconciled.wrong, unexpected: tally },
    },
    wrongSignals: delivery.wrongSignals + unexpected,
  };
}
