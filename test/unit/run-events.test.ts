import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Events } from '../../cli/run/events.ts';
import { eventSchema, eventSchemaText } from '../../contract/report/events.ts';

const validate = new Ajv2020().compile(JSON.parse(eventSchemaText()));

/** The examples of the page that tells people of events. */
const examples = [
  ...readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8').matchAll(/^\{"event".*\}$/gm),
].map(([line]): unknown => JSON.parse(line));

test('the page has an example of each event, and each fits the published schema', () => {
  for (const example of examples) {
    assert.equal(validate(example), true, `${JSON.stringify(example)}: ${JSON.stringify(validate.errors)}`);
    assert.deepEqual(eventSchema.parse(example), example);
  }
  assert.deepEqual(
    examples.map((example) => eventSchema.parse(example).event),
    ['run-started', 'scenario-started', 'progress', 'alert', 'scenario-ended', 'verdict'],
  );
});

test('an event is one line, whatever its strings hold, and nobody is told who did not ask', () => {
  const lines: string[] = [];
  const events = new Events((text) => lines.push(text));
  events.tell({ event: 'alert', kind: 'cpu-high', message: 'a\n\u001b[31m"b"\u2028' }, new Date(1000));
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^\{"event":"alert","time":"1970-01-01T00:00:01\.000Z",[^\n]+\}\n$/);
  assert.equal(validate(JSON.parse(lines[0] ?? '')), true);
  assert.deepEqual([events.isWanted, new Events(null).isWanted], [true, false]);
});

test('schema and decoder both refuse an event of another shape', () => {
  const [first] = examples;
  assert.ok(typeof first === 'object');
  for (const wrong of [
    { ...first, version: 2 },
    { ...first, event: 'tea' },
    { ...first, plan: null },
  ]) {
    assert.equal(validate(wrong), false);
    assert.equal(eventSchema.safeParse(wrong).success, false);
  }
});
