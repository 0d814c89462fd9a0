import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanShapes, lazyShapes } from '../../bench/accuracy/clean-shapes.ts';
import { accused, bandOf, isWrong, sumOf, verdictOf } from '../../bench/accuracy/confusion.ts';
import { leakingShapes } from '../../bench/accuracy/leaking-shapes.ts';
import { noises } from '../../bench/accuracy/memory-model.ts';
import { accuracyPage, writtenAccuracyPage } from '../../bench/accuracy/page.ts';
import type { SimulatedResult } from '../../bench/accuracy/results.ts';
import { judgedRun } from '../../bench/accuracy/simulate.ts';

test('docs/accuracy.md says what the results say', () => {
  assert.equal(writtenAccuracyPage(), accuracyPage(), 'run `node --import tsx bench/accuracy/main.ts --only page`');
});

test('a run deserves a verdict by its truth, and a leak by its size over the stated minimum', () => {
  assert.deepEqual(
    [0.4, 0.9, 1.9, 2, 4].map((times) => bandOf('leak', times * 5_000, 5_000)),
    ['below ½', '½ to 1', '1 to 2', '2 to 4', 'above 4'],
  );
  assert.equal(bandOf('leak', 5_000, null), 'unstated');
  assert.equal(bandOf('lazy', 0, 5_000), 'lazy');
  const failing = (summary: string) => verdictOf({ status: 'fail', summary });
  assert.equal(failing('about 65 kB leaked per request, or left as garbage'), 'fail-or-garbage');
  assert.equal(failing("about 65 kB leaked per request, on the runtime's own heap, after collections"), 'fail');
  assert.deepEqual(
    (['clean', 'lazy', '1 to 2', '2 to 4'] as const).map((band) =>
      (['pass', 'inconclusive', 'fail-or-garbage', 'fail'] as const).filter((verdict) => isWrong(band, verdict)),
    ),
    [['fail-or-garbage', 'fail'], ['fail'], [], ['pass', 'inconclusive']],
  );
});

test('the page adds up the runs by truth, and names the shapes that went wrong', () => {
  const result: SimulatedResult = {
    ...{ kind: 'simulated', at: '2026-01-02T03:04:05.000Z', machine: 'a machine', rule: 'r', noise: 'usual' },
    ...{ shape: 'flat', truth: 'clean', counts: { clean: { pass: 98, 'fail-or-garbage': 2 } }, wrong: [] },
  };
  const page = accuracyPage([result, { ...result, shape: 'a step', counts: { clean: { pass: 100 } } }]);
  assert.match(page, /\| leaks nothing \| 200 \| 198 \| 0 \| 2 \| 0 \| 1\.0% \(2 of 200; 95% interval 0\.3–3\.6%\) \|/);
  assert.match(page, /\| flat \| 100 \| 2 of 100 \| – \|/);
  assert.match(page, /in every run: a step\./);
});

/** Seeds that the bench does not use. */
const firstSeed = 1_001;
const usual = noises.filter(({ name }) => name === 'usual');

test('a small part of the bench: at most 1% false alarms, and 95% of the leaks of twice the stated minimum', () => {
  const counts = { clean: {}, lazy: {}, large: {} } as Record<'clean' | 'lazy' | 'large', Record<string, number>>;
  const wrong: string[] = [];
  const judge = (shapes: typeof cleanShapes, seeds: number): void => {
    for (const shape of shapes) {
      for (const noise of usual) {
        for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
          const { band, verdict, judgement } = judgedRun(shape, noise, seed);
          const group = band === 'clean' || band === 'lazy' ? band : 'large';
          if (group === 'large' && band !== '2 to 4' && band !== 'above 4') continue;
          counts[group][verdict] = (counts[group][verdict] ?? 0) + 1;
          if (isWrong(band, verdict)) wrong.push(`${shape.name}, seed ${seed}: ${verdict}: ${judgement.summary}`);
        }
      }
    }
  };
  judge(cleanShapes, 5);
  judge(lazyShapes, 2);
  judge(
    leakingShapes.filter((_, n) => n % 3 === 2),
    3,
  );
  const told = wrong.join('\n');
  assert.ok(sumOf(counts.clean) > 200 && accused(counts.clean) <= 0.01 * sumOf(counts.clean), told);
  assert.equal(counts.lazy.fail ?? 0, 0, told);
  assert.ok(sumOf(counts.large) > 100 && accused(counts.large) >= 0.95 * sumOf(counts.large), told);
});
