import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanShapes, lazyShapes } from '../../bench/accuracy/clean-shapes.ts';
import { accused, bandOf, isWrong, sumOf, verdictOf } from '../../bench/accuracy/confusion.ts';
import { leakingShapes } from '../../bench/accuracy/leaking-shapes.ts';
import { noises } from '../../bench/accuracy/memory-model.ts';
import { accuracyPage, writtenAccuracyPage } from '../../bench/accuracy/page.ts';
import { type RealResult, type SimulatedResult, succeeded } from '../../bench/accuracy/results.ts';
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

const result: SimulatedResult = {
  ...{ kind: 'simulated', at: '2026-01-02T03:04:05.000Z', machine: 'a machine', rule: 'r', noise: 'usual' },
  ...{ shape: 'flat', truth: 'clean', counts: { clean: { pass: 98, 'fail-or-garbage': 2 } }, wrong: [] },
};

test('the page tells the rule of each part, and which results are of an older one', () => {
  const later = { ...result, shape: 'a step', rule: 's', at: '2026-02-03T00:00:00.000Z' };
  const page = accuracyPage([result, later], 's');
  assert.match(page, /1 of 2 results by the rule `r` \(measured on 2026-01-02\); 1 of 2 results by the rule `s`/);
  assert.match(page, /\*\*1 of 2 are of an older rule than the code's, .* They are of: flat\.\n/);
  assert.match(accuracyPage([later], 's'), /It is the rule of the code\./);
  assert.match(accuracyPage([later], 't'), /\*\*1 of 1 are of an older rule/);
});

test('what another rule judged stays until this one has judged the same', () => {
  const older = [result, { ...result, noise: 'loud' }];
  const [first, second] = succeeded(older, { ...result, rule: 's' });
  assert.deepEqual([first?.noise, first?.rule, second?.noise, second?.rule], ['loud', 'r', 'usual', 's']);
  const run: RealResult = {
    ...{ kind: 'real', at: result.at, machine: 'a machine', rule: 'r', program: 'Go', variant: 'a leak', repeat: 1 },
    ...{ truth: 'leak', bytesPerRequest: 4000, verdict: 'fail', smallestVisible: 1, leakedPerRequest: 2 },
    ...{ accepted: 1, summary: '', evidence: [] },
  };
  assert.equal(succeeded([run], { ...run, repeat: 2 }).length, 2);
  assert.equal(succeeded([run], { ...run, rule: 's' }).length, 1);
});

test('each bar stands on what it names: the worst shapes beside the mean, and leaks of 2 to 4 times the minimum alone', () => {
  const runs = (shape: string, counts: SimulatedResult['counts']): SimulatedResult => ({ ...result, shape, counts });
  const page = accuracyPage([
    runs('flat', { clean: { pass: 5_000 } }),
    runs('bad', { clean: { pass: 180, fail: 20 } }),
    runs('leaking', { '2 to 4': { fail: 900, pass: 100 }, 'above 4': { fail: 9_000 } }),
    runs('few', { lazy: { pass: 10 } }),
  ]);
  const holds = [...page.matchAll(/^\| (false alarms|lazy|detection)(.*) \| (yes|no)[^|]* \|$/gm)].map(
    ([, , of = '', is]) => [/mean|bad|other|2 to 4|over 4/.exec(of)?.[0], is],
  );
  assert.deepEqual(holds, [
    ['mean', 'yes'],
    ['bad', 'no'],
    ['other', 'yes'],
    ['2 to 4', 'no'],
    ['over 4', 'yes'],
  ]);
});

test('the page adds up the runs by truth, and names the shapes that went wrong', () => {
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
