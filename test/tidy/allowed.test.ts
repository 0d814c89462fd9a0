import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAllowed, shrink } from './allowed.ts';
import { checkNames, measure, type Offenders } from './measure.ts';

test('tidy: the list of what is allowed holds nothing that is no longer needed', () => {
  const allowed = readAllowed();
  const keys = (list: typeof allowed) => checkNames.flatMap((check) => Object.keys(list[check] ?? {}));
  const needed = new Set(keys(shrink(allowed, measure())));
  const unneeded = keys(allowed).filter((key) => !needed.has(key));
  assert.deepEqual(unneeded, [], 'run: node --import tsx test/tidy/allowed.ts');
});

test('tidy: the list only shrinks', () => {
  const none = new Map<string, number>();
  const offenders: Offenders = {
    'file-lines': new Map([['a.ts', 310]]),
    'function-lines': new Map([['a.ts f', 70]]),
    ...{
      'page-lines': none,
      parameters: none,
      'upward-imports': none,
      'import-cycles': none,
      'spread-into-max': none,
      'old-words': none,
    },
  };
  const before = { 'file-lines': { 'a.ts': 350, 'b.ts': 400 }, 'old-words': { x: 1 } };
  assert.deepEqual(shrink(before, offenders), { 'file-lines': { 'a.ts': 310 } });
});
