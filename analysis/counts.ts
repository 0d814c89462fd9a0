import {
  answeredOutcomes,
  type Purpose,
  purposes,
  type RecordedOutcome,
  recordedOutcomes,
} from '../contract/journal/outcomes.ts';
import type { CountRow, Gap } from '../contract/report/report.ts';
import type { Counts } from './interpret/digest.ts';
import type { Run } from './interpret/run.ts';
import { requestCounts } from './outcomes/request-counts.ts';

type Tally = Map<string, number>;

const key = (purpose: Purpose, outcome: RecordedOutcome): string => `${purpose} ${outcome}`;

/** Sum over all scenarios as one source counted it; null if a scenario lacks that source. */
function countedBy(run: Run, count: (scenario: Run['scenarios'][number], tally: Tally) => boolean): Tally | null {
  const tally: Tally = new Map();
  return run.scenarios.every((scenario) => count(scenario, tally)) ? tally : null;
}

function add(tally: Tally, purpose: Purpose, outcome: RecordedOutcome, n: number): void {
  tally.set(key(purpose, outcome), (tally.get(key(purpose, outcome)) ?? 0) + n);
}

/** @returns whether there are counts. */
function addAll(tally: Tally, counts: Counts | null): boolean {
  counts?.forEach((byOutcome, purpose) => {
    byOutcome.forEach((n, outcome) => {
      add(tally, purpose, outcome, n);
    });
  });
  return counts !== null;
}

const countsOf = ({ ledger, digest }: Run['scenarios'][number]) =>
  digest ?? (ledger === null ? null : requestCounts(ledger));

/** Every request as k6's summary, the timeline, the ledger and the server itself counted it, by purpose and outcome. */
export function reconcile(run: Run): { readonly rows: readonly CountRow[]; readonly gaps: readonly Gap[] } {
  const summary = countedBy(run, (scenario, tally) => addAll(tally, scenario.summary));
  const timeline = countedBy(run, (scenario, tally) => addAll(tally, scenario.timeline?.counts ?? null));
  const ledger = countedBy(run, (scenario, tally) => addAll(tally, countsOf(scenario)?.recorded ?? null));
  const rows = rowsOf(run, { summary, timeline, ledger });
  const gaps = rows
    .filter(({ agree }) => agree === false)
    .map(
      (row): Gap => ({
        file: 'counts',
        problem: `${row.purpose} ${row.outcome}: k6 summary ${row.k6Summary ?? 'unknown'}, timeline ${row.timeline ?? 'unknown'}, ledger ${row.ledger ?? 'unknown'}, server ${row.server ?? 'unknown'}`,
      }),
    );
  return { rows, gaps };
}

interface Sources {
  readonly summary: Tally | null;
  readonly timeline: Tally | null;
  readonly ledger: Tally | null;
}

/** A row for each purpose and outcome that some source counted. */
function rowsOf(run: Run, { summary, timeline, ledger }: Sources): readonly CountRow[] {
  const { serverCounts } = run.manifest;
  const unknown = unknownIn(run);
  const rows: CountRow[] = [];
  for (const purpose of purposes) {
    for (const outcome of recordedOutcomes) {
      const k = key(purpose, outcome);
      const [k6Summary = null, inTimeline = null, inLedger = null] = [summary, timeline, ledger].map((tally) =>
        tally === null ? null : (tally.get(k) ?? 0),
      );
      const seen = [k6Summary, inTimeline, inLedger];
      const server = serverCounts === null || isUnanswered(outcome) ? null : (serverCounts[purpose]?.[outcome] ?? 0);
      if (seen.every((n) => n === null || n === 0) && (server === null || server === 0)) continue;
      const known = seen.filter((n) => n !== null);
      const mayBe = server === null || unknown === null ? null : rangeOf(inLedger ?? 0, unknown, { purpose, outcome });
      const compared = known.length + (mayBe === null ? 0 : 1);
      const isAsSeen = server === null || mayBe === null || (server >= mayBe.least && server <= mayBe.most);
      const agree =
        compared < 2 || (seen.includes(null) && wasKilled(run)) ? null : known.every((n) => n === known[0]) && isAsSeen;
      rows.push({ purpose, outcome, k6Summary, timeline: inTimeline, ledger: inLedger, server, agree });
    }
  }
  return rows;
}

/** If k6 was killed the ledger is ahead of the timeline, and there is no summary. */
function wasKilled({ scenarios }: Run): boolean {
  return scenarios.some(({ window }) => window.k6Signal !== null);
}

const isUnanswered = (outcome: RecordedOutcome): boolean => !answeredOutcomes.some((answered) => answered === outcome);

/** Requests of which no answer tells what the server did, by purpose and outcome; null if some ledger is missing. */
function unknownIn(run: Run): Tally | null {
  return countedBy(run, (scenario, tally) => addAll(tally, countsOf(scenario)?.unknown ?? null));
}

/** What the server may rightly have counted: each request of unknown effect under any outcome, or not at all. */
function rangeOf(
  seen: number,
  unknown: Tally,
  { purpose, outcome }: { readonly purpose: Purpose; readonly outcome: RecordedOutcome },
): { readonly least: number; readonly most: number } {
  const least = seen - (unknown.get(key(purpose, outcome)) ?? 0);
  const all = recordedOutcomes.reduce((sum, other) => sum + (unknown.get(key(purpose, other)) ?? 0), 0);
  return { least, most: least + all };
}
