// Follows CONTRIBUTING.md in a copy of the repository: a criterion, a scenario and an option, each by its list of files alone.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

let copy = '';
const written: string[] = [];

before(() => {
  copy = mkdtempSync(join(tmpdir(), 'webhook-stress-copy-'));
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root });
  for (const file of files.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});

after(() => rmSync(copy, { recursive: true, force: true }));

function write(path: string, text: string): void {
  written.push(path);
  writeFileSync(join(copy, path), text);
}

/** Puts `added` before the one place of `mark` in a file. */
function insert(path: string, mark: string, added: string): void {
  const text = readFileSync(join(copy, path), 'utf8');
  assert.equal(text.split(mark).length, 2, `${path} holds "${mark}" once`);
  write(path, text.replace(mark, `${added}${mark}`));
}

const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: copy, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** The files that CONTRIBUTING.md lists under a heading, with the name filled in. */
function listed(heading: string, name: string): readonly string[] {
  const section = contributing.split(`**${heading}**`)[1]?.split('**')[0] ?? '';
  return [...section.matchAll(/^- `([^`]+)`/gm)].map(([, path = '']) => path.replace(/<(name|command)>/, name));
}

test('a criterion, a scenario and an option are added by the files that CONTRIBUTING.md lists', () => {
  insert('analysis/rules/registry.ts', "import { cpu } from './cpu.ts';", "import { alerts } from './alerts.ts';\n");
  insert('analysis/rules/registry.ts', '  databaseAndRedis,\n] as const;', '  alerts,\n');
  write(
    'analysis/rules/alerts.ts',
    `import { monitorFiles, type Rule } from './rule.ts';

export const alerts: Rule<'alerts'> = {
  id: 'alerts',
  title: 'Alerts',
  question: 'Are response times in budget?',
  evidence: 'the alerts of the monitor',
  thresholds: () => ({ pass: 'any', warn: null, fail: null }),
  faults: [],
  advice: [],
  scenarios: null,
  needs: monitorFiles,
  judge: () => ({ status: 'pass', summary: 'alerts were looked at' }),
};
`,
  );
  write('test/unit/alerts.test.ts', "import { test } from 'node:test';\ntest('alerts', () => {});\n");
  assert.deepEqual([...new Set(written)].sort(), [...listed('A new criterion', 'alerts')].sort());

  written.length = 0;
  insert(
    'contract/plan/scenarios.ts',
    '} as const satisfies',
    "  trickle: { load: 'one signal per second', establishes: 'a slow server keeps up' },\n",
  );
  insert(
    'contract/plan/plan-of.ts',
    "import { maxNumber, usesNumbers } from './signal-id.ts';",
    "import { tricklePlan } from './trickle.ts';\n",
  );
  insert('contract/plan/plan-of.ts', '} as const satisfies', '  trickle: tricklePlan,\n');
  write('contract/plan/trickle.ts', tricklePlan);
  write('scenarios/trickle.ts', readFileSync(join(root, 'scenarios/burst.ts'), 'utf8').replaceAll('burst', 'trickle'));
  assert.deepEqual([...new Set(written)].sort(), [...listed('A new scenario', 'trickle')].sort());

  written.length = 0;
  insert('cli/options/run.ts', "  strict: { kind: 'flag'", "  loud: { kind: 'flag', meaning: 'say more' },\n");
  assert.deepEqual([...new Set(written)], listed('A new option', 'run'));

  node('build.mjs');
  // One checker: several would each work out what they share, and other tests run beside this.
  node('node_modules/typescript/bin/tsc', '-p', '.', '--checkers', '1');
  node('--import', 'tsx', 'test/write-golden.ts');
  assert.match(readFileSync(join(copy, 'docs/criteria.md'), 'utf8'), /^\| Alerts \| any \|/m);
  assert.match(readFileSync(join(copy, 'docs/scenarios.md'), 'utf8'), /^\| `trickle` \| one signal per second \|/m);
  assert.match(readFileSync(join(copy, 'test/golden/faulty.txt'), 'utf8'), /✓ pass +Alerts +alerts were looked at/);

  const command = join(copy, 'dist/cli/webhook-stress.js');
  const help = node(command, 'run', '--help');
  assert.match(help, /--loud +say more/);
  assert.match(help, /redelivery, trickle/);

  const args = ['run', 'trickle', '--loud', '--reports', join(copy, 'runs'), '--run-id', 'one'];
  const env = { ...process.env, K6_BIN: process.env.K6_BIN ?? join(root, '.tools', 'k6'), MIN_LEGITIMATE: '0' };
  const { status, stdout } = spawnSync(process.execPath, [command, ...args], { cwd: copy, env, encoding: 'utf8' });
  assert.match(stdout, /Exactly once +3 effects of 3 signals read back:\s+none\s+lost,\s+none\s+processed\s+twice/);
  assert.equal(status, 3, 'three signals are too few to judge success by');
});

const tricklePlan = `import type { TargetProfile } from '../profile/profile.ts';
import { quietMs } from './limits.ts';
import { ratePhase } from './rate-phase.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import type { Sizes } from './sizes.ts';

export function tricklePlan(_sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const rate = { rate: 1, perMs: 1000 };
  const startMs = quietMs(profile, given);
  return { webhooks: 1, phases: [ratePhase('load.sustained', { startMs, count: 3, rate, firstWebhook: 0, webhooks: 1 })] };
}
`;
