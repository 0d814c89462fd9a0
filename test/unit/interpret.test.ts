import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { Expectations } from '../../analysis/interpret/expectations.ts';
import { expectedOutcomes } from '../../analysis/interpret/expected-outcome.ts';
import { interpret } from '../../analysis/interpret/interpret.ts';
import { plansOf } from '../../analysis/interpret/plans.ts';
import { placesIn } from '../../analysis/journal/places.ts';
import { type RecordedRun, readRun } from '../../analysis/journal/run.ts';
import { judge } from '../../analysis/verdict.ts';
import { journalVersion } from '../../contract/journal/journal.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import { roles } from '../../contract/plan/roles.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, type MadeRequest, manifestOf, runOf, startUs } from '../fixtures/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'interpret-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Its profile knows a duplicate by an answer that is the first one again. */
const manifest = {
  ...manifestOf(['idempotency'], builtInProfiles.fastapi),
  monitors: [],
  scenarios: [{ name: 'idempotency', startedAtUs: startUs, endedAtUs: startUs + 5e6, k6ExitCode: 0, k6Signal: null }],
} as const;

const phase = plansOf(manifest)[0]?.phases.find(({ role }) => role === 'idempotency.gap')?.name ?? '';
const request = (n: number, signal: string, answerHash: number): object => ({
  ...{ sendUs: startUs + n * 1000, endUs: startUs + n * 1000 + 500, phase, purpose: 'load', outcome: 'accepted' },
  ...{ status: 200, webhook: 0, signal, answerHash },
});
const requests = [request(0, 'a', 1), request(1, 'a', 1), request(2, 'b', 2), request(3, 'b', 3)];
const header = { format: 'ledger', version: journalVersion, runId: manifest.runId, startedAtUs: startUs };
const ledgerFile = join(folder, journalFiles.ledger(localGenerator, 'idempotency'));
mkdirSync(dirname(ledgerFile), { recursive: true });
const lines = [{ ...header, clock: manifest.clock }, ...requests, { end: true, lines: requests.length }];
writeFileSync(ledgerFile, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

const read = (): RecordedRun => readRun(manifest, placesIn(folder, manifest));

/** All that a ledger says of its requests. */
function rowsOf({ scenarios }: Pick<RecordedRun, 'scenarios'>): readonly unknown[] {
  return scenarios.flatMap(({ ledger }) => {
    assert.ok(ledger !== null);
    return Array.from({ length: ledger.length }, (_, at) => [
      ...[ledger.sendUs(at), ledger.endUs(at), ledger.signals.text(ledger.signalOf(at)), ledger.phaseOf(at)],
      ...[ledger.outcomeOf(at), ledger.isReplay(at), ledger.replays, ledger.roleOf(at)],
    ]);
  });
}

const outcomesOf = ({ scenarios }: Pick<RecordedRun, 'scenarios'>): readonly string[] =>
  scenarios.flatMap(({ ledger }) =>
    Array.from({ length: ledger?.length ?? 0 }, (_, at) => ledger?.outcomeOf(at) ?? ''),
  );

test('a journal read twice says the same, and only what its files say', () => {
  assert.deepEqual(rowsOf(read()), rowsOf(read()));
  assert.deepEqual(outcomesOf(read()), ['accepted', 'accepted', 'accepted', 'accepted']);
  assert.deepEqual(read().scenarios[0]?.ledger?.replays, 'as-recorded');
});

test('to interpret a run changes nothing in what was read, and says the same each time', () => {
  const recorded = read();
  const before = rowsOf(recorded);
  const interpreted = interpret(recorded);
  assert.deepEqual(outcomesOf(interpreted), ['accepted', 'duplicate', 'accepted', 'accepted']);
  assert.equal(interpreted.scenarios[0]?.ledger?.replays, 'distinguishable');
  assert.equal(interpreted.scenarios[0]?.ledger?.roleOf(0), 'idempotency.gap');
  judge(interpreted, []);
  assert.deepEqual(rowsOf(recorded), before);
  assert.deepEqual(rowsOf(interpret(recorded)), rowsOf(interpreted));
});

for (const scope of ['webhook', 'client'] as const) {
  test(`what each request must get is worked out once a count, however many rules ask: a limit per ${scope}`, () => {
    const { limiter } = builtInProfiles.embedded;
    assert.ok(limiter.kind !== 'none');
    const profile = { ...builtInProfiles.embedded, limiter: { ...limiter, kind: 'fixed' as const, scope } };
    // No limiter at all: then the rules on limits ask for every count, and whether the declared kind fits.
    const burst = (name: string): MadeRequest[] =>
      Array.from({ length: 200 }, (_, n) => ({ atMs: n, outcome: 'accepted', webhook: n % 2, phase: name }));
    const run = runOf(
      [
        { name: 'rate-limit', ledger: ledgerOf(burst(roles['limiter.initial-burst'].name)) },
        { name: 'hft', ledger: ledgerOf(burst(roles['hft.rapid'].name)) },
      ],
      { profile },
    );
    const asked: Uint32Array[] = [];
    const expectations = new Expectations(profile, (...args) => {
      asked.push(args[2]);
      return expectedOutcomes(...args);
    });
    const findings = judge({ ...run, expectations }, []);
    const statuses = Object.fromEntries(findings.map(({ criterion, status }) => [criterion, status]));
    assert.equal(statuses['rate-limiter'], 'fail');
    assert.equal(statuses['limited-share'], 'fail');
    assert.notEqual(statuses['success-rate'], 'not-run');
    assert.equal(asked.length, scope === 'webhook' ? 4 : 2);
    assert.equal(new Set(asked).size, asked.length);
  });
}
