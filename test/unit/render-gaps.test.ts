import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridged, isolated } from '../../render/page/gaps.ts';

const skip = undefined;

const cases: readonly {
  readonly what: string;
  readonly values: readonly (number | null)[];
  readonly bridged: readonly (number | null | undefined)[];
}[] = [
  { what: 'nothing', values: [], bridged: [] },
  { what: 'no value at all', values: [null, null], bridged: [null, null] },
  { what: 'one value', values: [null, 5, null], bridged: [null, 5, null] },
  { what: 'a value in every sample', values: [1, 2, 3], bridged: [1, 2, 3] },
  { what: 'a value missing among many', values: [1, 2, null, 4, 5], bridged: [1, 2, null, 4, 5] },
  { what: 'a probe every other sample', values: [1, null, 2, null, 3], bridged: [1, skip, 2, skip, 3] },
  {
    what: 'a probe every other sample that failed once',
    values: [1, null, 2, null, 3, null, null, null, 4, null, 5],
    bridged: [1, skip, 2, skip, 3, null, null, null, 4, skip, 5],
  },
  {
    what: 'a probe that comes a sample late',
    values: [1, null, 2, null, null, 3, null, 4, null, 5],
    bridged: [1, skip, 2, skip, skip, 3, skip, 4, skip, 5],
  },
  { what: 'nothing before and after', values: [null, 1, null, 2, null], bridged: [null, 1, skip, 2, null] },
];

for (const { what, values, bridged: expected } of cases) {
  test(`bridged: ${what}`, () => {
    assert.deepEqual(bridged(values), expected);
  });
}

const alone: readonly {
  readonly values: readonly (number | null | undefined)[];
  readonly places: readonly number[];
}[] = [
  { values: [], places: [] },
  { values: [1], places: [0] },
  { values: [1, 2], places: [] },
  { values: [1, null, 2, 3, null, 4], places: [0, 5] },
  { values: [null, 1, skip, 2, null], places: [] },
  { values: [1, skip, null, 2, skip, skip], places: [0, 3] },
];

for (const { values, places } of alone) {
  test(`isolated in [${values.map(String).join(', ')}]: ${places.length === 0 ? 'none' : places.join(', ')}`, () => {
    assert.deepEqual(isolated(values), places);
  });
}
