import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { causeInWords } from '../../analysis/processes/cause-in-words.ts';
import { EndCauses } from '../../analysis/processes/end-causes.ts';
import { logLinesOf } from '../../analysis/processes/end-words.ts';
import type { AlertLine } from '../../contract/journal/journal.ts';
import { ServerLog } from '../../monitor/log/server-log.ts';
import { processOf } from '../fixtures/run.ts';

const lookUs = 250_000;

interface Written {
  /** What the log gets between two looks. */
  readonly looks: readonly string[];
  readonly code?: number;
  readonly signal?: number;
  /** Pids that exit at the last look. */
  readonly pids?: readonly number[];
}

function alertsOf({ looks, code = 1, signal = 0, pids = [101] }: Written): readonly AlertLine[] {
  const file = join(mkdtempSync(join(tmpdir(), 'last-')), 'server.log');
  writeFileSync(file, 'from an earlier run\n');
  const log = new ServerLog({
    paths: [file],
    intervalMs: 250,
    redact: (text) => text.replaceAll('canary', '‹secret›'),
  });
  log.see(
    pids.map((pid) => processOf({ pid, startTicks: pid, role: 'worker' })),
    0,
  );
  const told = looks.flatMap((text, n) => {
    appendFileSync(file, text);
    return log.alerts((n + 1) * lookUs);
  });
  return [
    ...told,
    ...log.exits(
      pids.map((pid) => ({ pid, code, signal })),
      looks.length * lookUs,
    ),
  ];
}

function endOf(written: Written, pid = 101) {
  const atUs = written.looks.length * lookUs;
  const life = { pid, startTicks: pid, label: 'app', firstSeenUs: 0, lastSeenUs: atUs - lookUs, goneUs: atUs };
  const { cause, ...end } = new EndCauses(alertsOf(written)).of(life);
  return { ...end, cause: cause === null ? null : causeInWords(cause) };
}

test('an exit that no known words explain is told with the last lines of the log, as no more than those', () => {
  const lines = Array.from({ length: 20 }, (_, n) => `line ${n} canary`);
  const end = endOf({ looks: [`${lines.slice(0, 12).join('\n')}\n`, `\n${lines.slice(12).join('\n')}\n`], code: 3 });
  assert.deepEqual([end.kind, end.cause, end.lines], ['crash', 'exited with code 3', []]);
  assert.deepEqual(
    end.lastLines,
    lines.slice(-12).map((line) => line.replace('canary', '‹secret›')),
  );
  const [head, ...rest] = logLinesOf(end);
  assert.match(head ?? '', /last lines as the exit was seen, from whichever process/);
  assert.deepEqual([rest.length, rest.at(-1)], [12, 'log: line 19 ‹secret›']);
});

test('what was written long before, and the log of an orderly end, is not told', () => {
  const idle = Array.from({ length: 13 }, () => '');
  assert.equal(endOf({ looks: ['long before\n', ...idle] }).lastLines, undefined);
  assert.equal(endOf({ looks: ['bye\n'], code: 0 }).lastLines, undefined);
  assert.equal(endOf({ looks: ['bye\n'], code: 0, signal: 15 }).lastLines, undefined);
  assert.ok(alertsOf({ looks: ['bye\n'], code: 0 }).every(({ lastLines }) => lastLines === undefined));
});

test('known words of an end are told instead, with colors removed', () => {
  const red = '\u001b[0m\u001b[1m\u001b[31merror\u001b[0m: Uncaught Error: ledger not reachable';
  const end = endOf({ looks: [`served\n${red}\n    at \u001b[36mmain.ts\u001b[0m:59:73\n`] });
  assert.equal(end.cause, 'threw an exception that nobody caught (Deno) and exited with code 1');
  assert.deepEqual(end.lines, ['served', 'error: Uncaught Error: ledger not reachable', '    at main.ts:59:73']);
  assert.equal(end.lastLines, undefined);
});

test('words that a request or a thread may have, too, explain an exit with their code and are no crash by themselves', () => {
  const fatal = 'PHP Fatal error:  Uncaught RuntimeException: boom in /srv/a.php:1\n';
  assert.equal(
    endOf({ looks: [fatal], code: 255 }).cause,
    'threw an exception that nobody caught (PHP) and exited with code 255',
  );
  assert.equal(endOf({ looks: [fatal], code: 3 }).cause, 'exited with code 3');
  assert.equal(endOf({ looks: [fatal], code: 0 }).kind, 'graceful');
  assert.equal(endOf({ looks: [fatal], code: 0, signal: 15 }).kind, 'exited');
});

test('of many such words the last before the exit is told', () => {
  const error = (n: number): string => `r1.rb:1:in \`f': error ${n} (RuntimeError)\n`;
  const { lines } = endOf({ looks: [error(1), error(2), error(3)] });
  assert.ok(
    lines.some((line) => line.includes('error 3')),
    lines.join(),
  );
});

test("Perl's die is known where it stands last in the log, alone or with its callers", () => {
  const died = 'warned or died last (Perl) and exited with code 111';
  const die = 'ledger not reachable at /srv/app.pl line 41, <STDIN> line 2.\n';
  assert.equal(endOf({ looks: [`served\n${die}`], code: 111 }).cause, died);
  assert.equal(endOf({ looks: [`${die}\tmain::f() called at /srv/app.pl line 9\n`], code: 111 }).cause, died);
  assert.equal(endOf({ looks: [`${die}served\n`], code: 111 }).cause, 'exited with code 111');
  assert.equal(endOf({ looks: [`${'x'.repeat(300)} ${die}`], code: 111 }).cause, died);
  const logged = '[2026-11-27 19:29:31.1] [28035] [error] ledger not reachable at /srv/app.pl line 41.\n';
  assert.equal(endOf({ looks: [logged], code: 111 }).cause, 'exited with code 111');
  const two = endOf({ looks: [die], code: 111, pids: [101, 102] });
  assert.equal(two.cause, 'exited with code 111', 'one line explains one end');
});

test('a line that tells the same exit code and names no process by its pid is quoted as that', () => {
  const line = 'PM2 log: App [app:0] exited with code [7] via signal [SIGINT]';
  const linesOf = (text: string, code: number): readonly string[] => logLinesOf(endOf({ looks: [text], code }));
  assert.deepEqual(linesOf(`lost the pool\n${line}\n`, 7), [
    'the log tells of an end like this one, and names no process by its pid:',
    'log: lost the pool',
    `log: ${line}`,
  ]);
  const [first, ...others] = linesOf(`lost the pool\n${line}\n`, 8);
  assert.match(first ?? '', /^no known words of an end stand in the log/);
  assert.deepEqual(others, ['log: lost the pool', `log: ${line}`], 'it tells of another end');
});

test('such a line makes no job of a master a worker: it is not among the lines of its end', () => {
  const text = 'PM2 log: App [app:0] exited with code [7] via signal [SIGINT]\n';
  assert.deepEqual(endOf({ looks: [text], code: 7 }).lines, []);
});
