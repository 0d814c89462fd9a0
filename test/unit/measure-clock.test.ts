import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GeneratorClocks, type SaidClock } from '../../cli/run/generator-clocks.ts';
import { ManifestFile } from '../../cli/run/manifest-file.ts';
import { measureClock } from '../../cli/run/measure-clock.ts';
import type { Manifest } from '../../contract/journal/journal.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';
import { manifestOf, startUs } from '../fixtures/run.ts';

interface Way {
  /** Longest time there, and back. */
  readonly thereUs: number;
  readonly backUs: number;
  readonly aheadUs: (nowUs: number) => number;
}

/** Two clocks in a made-up time, which goes on with each exchange. */
function exchange(random: () => number, { thereUs, backUs, aheadUs }: Way) {
  let nowUs = startUs;
  return {
    own: { nowUs: () => nowUs },
    ask: async (): Promise<SaidClock> => {
      nowUs += 20 + random() * thereUs;
      const said = nowUs + aheadUs(nowUs);
      nowUs += 20 + random() * backUs;
      return { nowUs: said };
    },
  };
}

test('the true offset lies within what the exchanges say, however lopsided and slow the way is', async () => {
  const random = seeded(16);
  for (let n = 0; n < 300; n += 1) {
    const [skewUs, drift] = [(random() - 0.5) * 1e6, (random() - 0.5) * 200e-6];
    const aheadUs = (nowUs: number): number => skewUs + drift * (nowUs - startUs);
    const way = { thereUs: 10 ** (2 + 4 * random()), backUs: 10 ** (2 + 4 * random()), aheadUs };
    const { ask, own } = exchange(random, way);
    const { reading } = await measureClock(ask, own);
    const off = Math.abs(reading.aheadUs - aheadUs(reading.atUs));
    assert.ok(off <= reading.uncertaintyUs, `machine ${n}: off by ${off}, said ±${reading.uncertaintyUs}`);
    assert.ok(reading.uncertaintyUs <= (way.thereUs + way.backUs) / 2 + 3000, `±${reading.uncertaintyUs}`);
  }
});

test('a clock that steps while it is measured may be either side of the step', async () => {
  let asked = 0;
  const way = { thereUs: 100, backUs: 100, aheadUs: () => (asked++ < 10 ? 0 : 300_000) };
  const { ask, own } = exchange(seeded(1), way);
  const { reading } = await measureClock(ask, own);
  const [low, high] = [reading.aheadUs - reading.uncertaintyUs, reading.aheadUs + reading.uncertaintyUs];
  assert.ok(low <= 0 && high >= 300_000, `${low} to ${high}`);
});

function session(changes: Partial<Manifest> = {}) {
  const clock = { pair: { wallUs: startUs, monotonicUs: 7_000_000 }, nowUs: () => startUs + 1_000_000 };
  const file = new ManifestFile(mkdtempSync(join(tmpdir(), 'clocks-')), {
    ...manifestOf(['hft'], builtInProfiles.embedded),
    ...{ clock: clock.pair },
    ...changes,
  });
  return { clock, manifest: file };
}

test('clocks of generators are noted before and after; who never answers has none', async () => {
  const run = session();
  const clocks = await GeneratorClocks.begin(run, [
    { id: 'k6-1', ask: async () => ({ nowUs: startUs + 1_700_000 }) },
    { id: 'k6-2', ask: () => Promise.reject(new Error('no connection')) },
  ]);
  assert.deepEqual(clocks.latest('k6-1'), { atUs: startUs + 1_000_000, aheadUs: 700_000, uncertaintyUs: 0 });
  assert.equal(clocks.latest('k6-2'), null);
  await clocks.end();
  const noted = run.manifest.manifest.clocks ?? {};
  assert.deepEqual(Object.keys(noted), ['k6-1']);
  assert.equal(noted['k6-1']?.length, 2);
});

test('on one machine the clock pairs tell the offset, exactly', async () => {
  const run = session({ bootId: 'here', timeNamespace: '1' });
  // Its wall clock was 250 ms ahead when it noted its pair, two seconds later.
  const said = { nowUs: 0, clock: { wallUs: startUs + 2_250_000, monotonicUs: 9_000_000 }, bootId: 'here' };
  const clocks = await GeneratorClocks.begin(run, [
    { id: 'same', ask: async () => ({ ...said, timeNamespace: '1' }) },
    { id: 'other-namespace', ask: async () => ({ ...said, timeNamespace: '2' }) },
  ]);
  await clocks.end();
  assert.deepEqual(clocks.latest('same'), { atUs: startUs + 1_000_000, aheadUs: 250_000, uncertaintyUs: 0 });
  assert.notEqual(clocks.latest('other-namespace')?.aheadUs, 250_000);
});
