import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { reportSchemaText } from '../../contract/report/json-schema.ts';
import { readReport, renderJson } from '../../render/json.ts';
import { faultyReport } from '../fixtures/recorded.ts';
import { reports } from '../fixtures/report.ts';

const validate = new Ajv2020().compile(JSON.parse(reportSchemaText()));

for (const [name, report] of Object.entries({ ...reports, faulty: faultyReport() })) {
  test(`${name}: report.json fits the published schema and reads back as it was`, () => {
    const text = renderJson(report);
    assert.equal(validate(JSON.parse(text)), true, JSON.stringify(validate.errors));
    assert.deepEqual(readReport(text), report);
  });
}

/** What is put where in a report that was fine, and the place that the error must name. */
const broken: readonly { readonly at: readonly (string | number)[]; readonly value: unknown }[] = [
  { at: ['format'], value: 'other/report' },
  { at: ['version'], value: 1 },
  { at: ['runId'], value: 7 },
  { at: ['durationSeconds'], value: null },
  { at: ['verdict'], value: 'not-run' },
  { at: ['strict'], value: 'true' },
  { at: ['findings'], value: {} },
  { at: ['findings', 2, 'criterion'], value: 'Happiness?' },
  { at: ['findings', 0, 'measures', 0, 'unit'], value: 'furlongs' },
  { at: ['findings', 0, 'measures', 0, 'value'], value: '2' },
  { at: ['findings', 0, 'status'], value: 'passed' },
  { at: ['findings', 4, 'parts', 0, 'scenario'], value: 'Lunch break' },
  { at: ['findings', 0, 'evidence', 0], value: null },
  { at: ['scenarios', 0, 'service', 'p95Ms'], value: null },
  { at: ['scenarios', 0, 'requests', 'load', 'accepted'], value: '110' },
  { at: ['alerts', 0, 'kind'], value: 'boredom' },
  { at: ['counts', 0, 'agree'], value: 'yes' },
  { at: ['series', 'latency', 'p50Ms', 3], value: 'fast' },
  { at: ['series', 'server', 'memory', 1, 'bytes', 0], value: {} },
  { at: ['run', 'profile', 'limiter', 'kind'], value: 'leaky' },
  { at: ['run', 'settings', 'strict'], value: null },
];

function put(target: unknown, at: readonly (string | number)[], value: unknown): unknown {
  const [head, ...rest] = at;
  if (head === undefined) return value;
  if (Array.isArray(target)) return target.map((item, n) => (n === head ? put(item, rest, value) : item));
  const fields = Object.entries(target ?? {});
  return Object.fromEntries(fields.map(([name, field]) => [name, name === head ? put(field, rest, value) : field]));
}

for (const { at, value } of broken) {
  test(`schema and decoder both refuse ${at.join('.')} = ${JSON.stringify(value)}`, () => {
    const changed = put(reports.failing, at, value);
    assert.notDeepEqual(changed, reports.failing);
    assert.equal(validate(changed), false);
    assert.throws(
      () => readReport(JSON.stringify(changed)),
      // What does not fit one of several shapes is named by their common place.
      (error) => error instanceof ExpectedError && error.message.includes(at.slice(0, 3).join('.')),
    );
  });
}

test('schema and decoder both refuse a field that is missing and one too many', () => {
  const { headline: _, ...without } = reports.healthy;
  for (const changed of [without, { ...reports.healthy, extra: 1 }]) {
    assert.equal(validate(changed), false);
    assert.throws(() => readReport(JSON.stringify(changed)), ExpectedError);
  }
});

test('what is not JSON is refused in one line', () => {
  assert.throws(
    () => readReport('{"format":'),
    (error) => error instanceof ExpectedError && /^not a report\.json: [^\n]+$/.test(error.message),
  );
});
