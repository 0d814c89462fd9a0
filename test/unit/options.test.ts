import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { monitor } from '../../cli/commands/monitor.ts';
import { commands } from '../../cli/commands.ts';
import { backendTable } from '../../cli/options/backend.ts';
import { commandHelp } from '../../cli/options/help.ts';
import { parseArguments } from '../../cli/options/parse.ts';
import { runTable } from '../../cli/options/run.ts';
import { runSettings } from '../../cli/run/settings.ts';
import { sizeNames } from '../../contract/plan/sizes.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

for (const { table } of commands) {
  test(`the help of ${table.name} fits 80 columns and names all of its options, with examples and exit codes`, () => {
    const help = commandHelp(table);
    assert.deepEqual(
      help.split('\n').filter((line) => line.length > 80),
      [],
    );
    for (const name of Object.keys(table.options)) assert.ok(help.includes(`  --${name}`), name);
    assert.match(help, /\nExamples:\n {2}\S.*webhook-stress |\nExamples:\n {2}webhook-stress /);
    assert.match(help, /\nExit codes:\n {2}0 /);
  });
}

test('the help of run lists every size with its default, minimum and maximum', () => {
  const help = commandHelp(runTable).replace(/\s+/g, ' ');
  for (const name of sizeNames) assert.match(help, new RegExp(`${name} .*?\\(default \\d+,.*? \\d+ to \\d+\\)`), name);
});

test('values have the types of the table, and its defaults', () => {
  const { values, operands, help, problems } = parseArguments(runTable, [
    ...['hft', '--cooldown=1.5', '--fault', 'slow', '--fault', 'limiter-absent', '--strict', 'burst', '--pid', '12'],
  ]);
  assert.deepEqual(problems, []);
  assert.equal(help, false);
  assert.deepEqual(operands, ['hft', 'burst']);
  const { cooldown, fault, strict, pid, interval, port, profile } = values;
  assert.deepEqual(
    { cooldown, fault, strict, pid, interval, port, profile },
    {
      cooldown: 1.5,
      fault: ['slow', 'limiter-absent'],
      strict: true,
      pid: [12],
      interval: 0.25,
      port: null,
      profile: null,
    },
  );
});

test('several process ids are given with commas or one by one, each once', () => {
  const pidsOf = (...words: readonly string[]) => {
    const { values, problems } = parseArguments(runTable, words);
    return problems.length > 0 ? problems : values.pid;
  };
  assert.deepEqual(pidsOf(), []);
  assert.deepEqual(pidsOf('--pid', '101,202', '--pid=303', '--pid', '101'), [101, 202, 303]);
  assert.deepEqual(pidsOf('--pid', '101,,5x'), [
    '--pid is ""; it must be a whole number from 1 to 4194304',
    '--pid is "5x"; it must be a whole number from 1 to 4194304',
  ]);
});

test('every problem of the arguments is told at once', () => {
  const { problems } = parseArguments(runTable, ['--nonsense=secret', '--cooldown', '2592000', '--pid', '--log']);
  assert.deepEqual(problems, [
    'Unknown option --nonsense (--help lists the options)',
    '--cooldown is "2592000"; it must be a number from 0 to 86400',
    '--pid needs a value: N[,N]',
    '--log needs a value: FILE',
  ]);
  const { problems: extra } = parseArguments({ ...runTable, maxOperands: 1 }, ['a', 'b']);
  assert.deepEqual(extra, ['Unexpected argument “b”']);
});

test('a word may stand for a number where the table has one', () => {
  const ttlMs = (text: string) => {
    const { values, problems } = parseArguments(backendTable, ['--ttl-ms', text]);
    return problems.length > 0 ? problems : values['ttl-ms'];
  };
  assert.equal(ttlMs('null'), 31_536_000_000);
  assert.equal(ttlMs('0'), 0);
  assert.deepEqual(ttlMs('never'), ['--ttl-ms is "never"; it must be a whole number from 0 to 31536000000 or null']);
});

const refusedRun = (args: readonly string[], env: Record<string, string> = {}) =>
  runSettings(args, env).then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

test('a server to watch that does not exist is refused before anything is sent', async () => {
  const env = { BASE_URL: 'http://127.0.0.1:9' };
  const folder = mkdtempSync(join(tmpdir(), 'options-'));
  writeFileSync(join(folder, 'server.log'), '');
  for (const [args, expected] of [
    [['--pid', 'abc'], /--pid is "abc"; it must be a whole number/],
    [['--pid', '4194000'], /--pid: /],
    [['--pid', `${process.pid},4194000`], /--pid: process 4194000 does not exist/],
    [['--port', '99999'], /--port is "99999"; it must be a whole number from 1 to 65535/],
    [['--port', '1'], /--port: /],
    [['--process', 'no-such-server'], /--process: /],
    [['--log', join(folder, 'typo.log')], /--log: .*typo\.log does not exist/],
    [['--log', folder], /--log: .* is a folder/],
    [['--log', join(folder, 'server.log')], /^accepted$/],
  ] as const) {
    assert.match(await refusedRun(args, env), expected, args.join(' '));
  }
});

test('an unknown scenario is told with those that there are', async () => {
  assert.match(await refusedRun(['brust']), /Unknown scenario “brust”\. Available: hft, burst, sustained/);
});

test('a time that no command can mean is refused', async () => {
  assert.match(
    await refusedRun(['--restart-after', '2592000']),
    /--restart-after is "2592000"; it must be a number from/,
  );
  await assert.rejects(monitor(['--port', '1', '--duration', '99999999']), /--duration is "99999999"; it must be/);
});

test('a profile that is wrong is told alone: what depends on it is not guessed', async () => {
  const right = { ...builtInProfiles.generic, baseUrl: 'http://127.0.0.1:9', secret: { in: 'none' } };
  const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'bad.config.json');
  writeFileSync(file, JSON.stringify({ ...right, readback: { kind: 'url', path: 'no slash' } }));
  await assert.rejects(
    runSettings(['hft', '--profile', file, '--log', '/nowhere/server.log'], { WEBHOOK_TOKEN: 'a' }),
    ({ message }: Error) => {
      assert.match(message, /readback\.path/);
      assert.match(message, /--log: \/nowhere\/server\.log does not exist/, 'what does not depend on it is told, too');
      assert.doesNotMatch(message, /BASE_URL|WEBHOOK_/);
      return true;
    },
  );
});
