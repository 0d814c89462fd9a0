import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Outcome } from '../../contract/journal/outcomes.ts';
import type { Report } from '../../contract/report/report.ts';
import { reportIn, writeSoak } from '../fixtures/pieced-journal.ts';
import { type Recorded, type SoakFaults, soakTrace } from '../fixtures/soak-trace.ts';
import '../fixtures/seed.ts';

/** What stood on the pages of the first webhook before the run: the ids of others, half of them with a number at their end. */
function afterOthers(recorded: Recorded, others: number): Recorded {
  const before = Array.from({ length: others }, (_, n) => {
    const head = n.toString(16).padStart(8, '0');
    return {
      effect: `${head}-5d2c-4bf1-9d3a-0c6e1f7b${n % 2 === 0 ? 'aaa' : 'a'}${n % 10}`,
      webhook: 0,
      processedAtUs: 0,
    };
  });
  const readBack = recorded.readBack.map((line) =>
    'readback' in line && line.readback === 0 ? { ...line, effects: line.effects + others } : line,
  );
  return { ...recorded, readBack: [...before, ...readBack] };
}

function reportOfPieces(seed: number, faults: SoakFaults, phasesOfPiece: number | null, others = 0): Report {
  const recorded = afterOthers(soakTrace(seed, faults), others);
  const folder = writeSoak(recorded, phasesOfPiece);
  try {
    return reportIn(folder, recorded);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a report says, without what is told of a ledger that is held as a whole alone. */
function saidIn({ verdict, findings, scenarios, counts, gaps, generator }: Report) {
  return {
    ...{ verdict, counts, gaps, generator, scenarios },
    findings: findings.map(({ criterion, status, summary, measures }) => ({ criterion, status, summary, measures })),
  };
}

const statusIn = (report: Report, criterion: string) =>
  report.findings.find((finding) => finding.criterion === criterion)?.status;

/** The last signal of a cycle and the first of the next are on both sides of an edge. */
const anySignal = fc.oneof(fc.constantFrom(14, 15, 29, 30, 44, 45), fc.nat(149));
const anyFaults: fc.Arbitrary<SoakFaults> = fc.record({
  twice: fc.uniqueArray(anySignal, { maxLength: 3 }),
  lost: fc.uniqueArray(anySignal, { maxLength: 3 }),
  outcomes: fc.dictionary(anySignal.map(String), fc.constantFrom<Outcome>('limited', 'failed', 'timeout'), {
    maxKeys: 4,
  }),
  leakBytes: fc.constantFrom(0, 20_000),
  descriptors: fc.constantFrom(0, 12),
  slowerMs: fc.constantFrom(0, 2),
});

describe('a soak in pieces', () => {
  test('says what its whole ledger says', () => {
    fc.assert(
      fc.property(anyFaults, fc.nat(1000), fc.constantFrom(1, 2, 3), (faults, seed, phasesOfPiece) => {
        const whole = reportOfPieces(seed, faults, null);
        assert.deepEqual(saidIn(reportOfPieces(seed, faults, phasesOfPiece)), saidIn(whole));
      }),
      { numRuns: 15 },
    );
  });

  test('passes where nothing is wrong', () => {
    const healthy = reportOfPieces(1, {}, 1);
    for (const criterion of [
      'exactly-once',
      'success-rate',
      'memory-growth',
      'memory-leak',
      'descriptors',
      'p95-response-time',
    ]) {
      assert.equal(statusIn(healthy, criterion), 'pass', criterion);
    }
  });

  test('says the same of its signals however many ids of others were read back before them', () => {
    const found = (report: Report) =>
      report.findings
        .filter(({ criterion }) => criterion === 'exactly-once')
        .map(({ status, summary, measures }) => ({ status, summary, measures }));
    for (const faults of [{}, { lost: [15] }, { twice: [14] }]) {
      assert.deepEqual(found(reportOfPieces(1, faults, 1, 1600)), found(reportOfPieces(1, faults, null, 1600)));
    }
    assert.equal(statusIn(reportOfPieces(1, {}, 1, 1600), 'exactly-once'), 'pass');
  });

  const faults: readonly (readonly [string, SoakFaults, string, string])[] = [
    ['a signal whose two effects lie in two pieces', { twice: [14] }, 'exactly-once', 'fail'],
    ['a signal that is lost', { lost: [15] }, 'exactly-once', 'fail'],
    ['memory that leaks over the cycles', { leakBytes: 40_000 }, 'memory-leak', 'fail'],
    ['descriptors that grow', { descriptors: 12 }, 'descriptors', 'warn'],
    ['answers that are ever slower', { slowerMs: 5 }, 'p95-response-time', 'warn'],
  ];
  for (const [what, wrong, criterion, status] of faults) {
    test(`shows ${what}`, () => assert.equal(statusIn(reportOfPieces(1, wrong, 1), criterion), status));
  }

  test('shows refusals within the limit, at the edge of a piece, too', () => {
    const outcomes = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${n * 7}`, 'limited' as const]));
    assert.equal(statusIn(reportOfPieces(1, { outcomes: { ...outcomes, 15: 'limited' } }, 1), 'success-rate'), 'fail');
  });
});
