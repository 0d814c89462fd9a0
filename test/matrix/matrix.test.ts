import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CriterionId, criterionIds } from '../../analysis/rules/registry.ts';
import { faultNames } from '../../backend/fault-table.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { type Cell, judgeCell } from './cell.ts';
import { cells } from './cells.ts';
import { matrixPage, writtenMatrixPage } from './page.ts';

const statusesOf = (changes: Partial<Record<CriterionId, Status>>): Record<CriterionId, Status> =>
  Object.fromEntries(criterionIds.map((criterion) => [criterion, changes[criterion] ?? 'pass'])) as Record<
    CriterionId,
    Status
  >;

const cell = (expects: Cell['expects']): Cell => ({
  name: 'made up',
  faults: [],
  store: 'memory',
  workers: 2,
  limiter: 'sliding',
  scenarios: ['hft'],
  signature: null,
  sizes: {},
  event: null,
  expects,
  quick: false,
});

test('a run is held against what its server deserves', () => {
  const clean = { missed: [], falseAlarms: [], undecided: [] };
  assert.deepEqual(judgeCell(cell({}), statusesOf({ 'memory-leak': 'not-run', cpu: 'warn' })), clean);
  assert.deepEqual(judgeCell(cell({}), statusesOf({ 'rate-limiter': 'warn' })), {
    ...clean,
    falseAlarms: ['rate-limiter'],
  });
  assert.deepEqual(judgeCell(cell({}), statusesOf({ cpu: 'fail' })), { ...clean, falseAlarms: ['cpu'] });
  assert.deepEqual(judgeCell(cell({}), statusesOf({ 'exactly-once': 'inconclusive' })), {
    ...clean,
    undecided: ['exactly-once'],
  });
  const broken = cell({ 'exactly-once': ['fail'] });
  assert.deepEqual(judgeCell(broken, statusesOf({ 'exactly-once': 'fail' })), clean);
  for (const status of ['pass', 'inconclusive', 'not-run'] as const) {
    assert.deepEqual(judgeCell(broken, statusesOf({ 'exactly-once': status })), { ...clean, missed: ['exactly-once'] });
  }
});

test('every fault of the embedded backend has a cell, and every cell a name of its own', () => {
  const used = new Set(cells.flatMap(({ faults }) => faults.map((fault) => fault.split('=')[0])));
  assert.deepEqual(
    faultNames.filter((name) => !used.has(name)),
    [],
  );
  assert.equal(new Set(cells.map(({ name }) => name)).size, cells.length);
});

test('docs/fault-matrix.md says what the results say', () => {
  assert.equal(writtenMatrixPage(), matrixPage(), 'run `make matrix`');
});
