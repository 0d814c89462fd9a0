import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedSignals } from '../../contract/plan/own/recorded-signals.ts';
import { replayed } from '../../contract/plan/own/replayed.ts';

const rowsOf = (text: string) => recordedSignals(text, 'day.csv').rows;
const problemsOf = (text: string) => recordedSignals(text, 'day.csv').problems;

test('CSV and NDJSON say the same', () => {
  const csv = rowsOf('time,action,ticker,quantity,price,id\n1.5,BUY,"BRK,B ""x""",10,99.5,\n');
  const ndjson = rowsOf('{"time":1.5,"action":"BUY","ticker":"BRK,B \\"x\\"","quantity":10,"price":99.5}\n\n');
  assert.deepEqual(csv, [{ atMs: 1500, id: null, action: 'BUY', ticker: 'BRK,B "x"', quantity: 10, price: 99.5 }]);
  assert.deepEqual(ndjson, csv);
});

test('times: a date, a time of day, seconds, and milliseconds since the epoch', () => {
  const times = (...given: readonly string[]) => rowsOf(['time', ...given].join('\n')).map(({ atMs }) => atMs);
  const instant = Date.parse('2026-03-02T14:30:00.120Z');
  assert.deepEqual(times('2026-03-02T14:30:00.120Z'), [instant]);
  assert.deepEqual(times('2026-03-02 14:30:00.120Z'), [instant]);
  assert.deepEqual(times('9:30:00.25'), [9.5 * 3_600_000 + 250]);
  assert.deepEqual(times('12.5', String(instant)), [12_500, instant]);
});

test('rows go by time, whatever their order in the file', () => {
  assert.deepEqual(
    rowsOf('time,ticker\n3,c\n1,a\n2,b').map(({ ticker }) => ticker),
    ['a', 'b', 'c'],
  );
});

test('what is wrong is told with its line, and not without end', () => {
  assert.match(
    problemsOf('when,ticker\n1,a').join(),
    /^day\.csv:1: its first line must name the columns, "time" among them/,
  );
  assert.match(problemsOf('time,price\n1,abc').join(), /^day\.csv:2: price is "abc"; it must be a number$/);
  assert.match(problemsOf('time,price\nnoon,1').join(), /^day\.csv:2: time is "noon"; it must be like 2026/);
  assert.match(problemsOf('time,price\n1').join(), /^day\.csv:2: it has 1 fields, and the first line names 2$/);
  assert.match(problemsOf('{"time":1}\n[2]').join(), /^day\.csv:2: it is not a JSON object$/);
  assert.deepEqual(problemsOf('time\n'), ['day.csv holds no signals']);
  const many = problemsOf(`time\n${'noon\n'.repeat(9)}`);
  assert.deepEqual([many.length, many.at(-1)], [6, 'day.csv: 4 more rows are wrong']);
});

test('each row is a signal of its own, unless it carries the id of another', () => {
  const alike = replayed(rowsOf('time,ticker\n1,a\n1,a\n2,a'), 1, 'day.csv');
  assert.deepEqual([alike.count, alike.signals, alike.timesMs], [3, undefined, [0, 0, 1000]]);
  const again = replayed(rowsOf('time,ticker,id\n1,a,x\n2,b,y\n3,a,x'), 10, 'day.csv');
  assert.deepEqual([again.count, again.signals, again.timesMs, again.problems], [2, [0, 1, 0], [0, 100, 200], []]);
  const changed = replayed(rowsOf('time,ticker,id\n1,a,x\n3,b,x'), 1, 'day.csv');
  assert.deepEqual(changed.problems, [
    'day.csv: rows with the id "x" differ in what they hold: one id stands for one signal',
  ]);
});

test('a column that some row leaves empty is made up', () => {
  const { content } = replayed(rowsOf('time,ticker,price\n1,a,5\n2,b,'), 1, 'day.csv');
  assert.deepEqual(content, { tickers: ['a', 'b'] });
});
