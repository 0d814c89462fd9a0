import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertJudged, assertPassed, reportOf, startStress } from './stress.ts';

// What is wrong with an own scenario is told in one clear line: before anything is sent where it can be known then.

const folder = mkdtempSync(join(tmpdir(), 'own-errors-'));
mkdirSync(join(folder, 'stress'));

/** A scenario whose plan is `phases`, with more of its file. */
async function runOf(name: string, phases: string, { options = '', send = '', given = name } = {}) {
  writeFileSync(
    join(folder, 'stress', `${name}.js`),
    `import { constantRate, handleSummary, readBack, scenario } from 'webhook-stress/k6';
const planned = scenario('${given}', () => [${phases}]);
export const options = { ...planned.options(${options === 'thresholds' ? "{ thresholds: { nobodys: ['count>1'] } }" : ''}) };
${options === 'thresholds' ? '' : options}
export const setup = planned.setup;
export function send(run) {
  planned.send(run);
  ${send}
}
export { handleSummary, readBack as teardown };
`,
  );
  const run = startStress([`stress/${name}.js`], {}, mkdtempSync(join(tmpdir(), 'own-reports-')), [
    ...['sh', '-c', `cd ${folder} && exec "$@"`, 'sh'],
  ]);
  const { exitCode } = await run.ended();
  return { exitCode, output: run.output(), folder: run.folder };
}

const steady = "constantRate({ name: 'steady', perSecond: 40, seconds: 1 })";

describe('an own scenario with something wrong', { concurrency: true }, () => {
  for (const [name, what, phases, more, lines] of [
    [
      'bad-plan',
      'all that is wrong with its plan',
      "constantRate({ name: 'open', perSecond: 0, seconds: 1 }), constantRate({ name: 'open', perSecond: 4, seconds: NaN })",
      {},
      [/stress\/bad-plan\.js: .*two phases have the name "open"/, /perSecond is 0;.*seconds is NaN;/],
    ],
    [
      'unknown-phase',
      'a k6 scenario that is no phase of it',
      steady,
      { options: "options.scenarios.close = { executor: 'shared-iterations', exec: 'send' };" },
      [
        /stress\/unknown-phase\.js: there is no phase "close" in its plan, and options\.scenarios runs one: the plan has steady/,
      ],
    ],
    [
      'no-metric',
      'a threshold on a metric that is not there',
      steady,
      { options: 'thresholds' },
      [/no metric name "nobodys" found/],
    ],
    [
      'one-name',
      'a name that is not its file’s',
      steady,
      { given: 'other-name' },
      [/it holds scenario\('other-name'\): call it 'one-name'/],
    ],
    [
      'thrown-early',
      'an exception before anything is sent',
      'nowhere',
      {},
      [/stress\/thrown-early\.js:2:\d+: ReferenceError: nowhere is not defined/],
    ],
  ] as const) {
    test(`${what}: exit 2, and no run`, async () => {
      const run = await runOf(name, phases, more);
      assert.equal(run.exitCode, 2, run.output);
      for (const line of lines) assert.match(run.output, line);
      assert.ok(!existsSync(join(run.folder, 'run.json')));
    });
  }

  test('an exception in an iteration: its phase, how often, its words and its line; what was sent is judged', async () => {
    const {
      exitCode,
      output,
      folder: journal,
    } = await runOf('thrown-late', steady, { send: "if (run.runTag) throw new Error('the sky fell');" });
    const said = /phase steady: 4[01] iterations ended by an exception at stress\/thrown-late\.js:8:\d+: the sky fell/;
    assert.match(output, said);
    const report = reportOf(journal);
    assert.match(report.scenarios[0]?.notes.join('\n') ?? '', said);
    assertJudged({ report, output }, 'exactly-once', 'pass');
    assertPassed({ report, exitCode, output });
  });
});
