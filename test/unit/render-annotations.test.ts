import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../../contract/report/report.ts';
import { annotation, renderAnnotations } from '../../render/annotations.ts';
import { logLine } from '../../render/log-line.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { withinBytes } from '../../render/within-bytes.ts';
import { reports } from '../fixtures/report.ts';

interface Command {
  readonly name: string;
  readonly title: string;
  readonly message: string;
}

/** What GitHub's runner makes of a line of a log (actions/runner, ActionCommand.cs); null for a line that is no command. */
function commandIn(line: string): Command | null {
  const [, name, title = '', message = ''] = /^\s*::(\w[\w-]*) ?(?:title=([^,]*?))?::(.*)$/s.exec(line) ?? [];
  if (name === undefined) return null;
  const data = (text: string): string => text.replace(/%0D/g, '\r').replace(/%0A/g, '\n').replace(/%25/g, '%');
  return { name, title: data(title.replace(/%3A/g, ':').replace(/%2C/g, ',')), message: data(message) };
}

/** Warnings are no errors in it. */
const failing: Report = { ...reports.failing, strict: false };

function commandsOf(report: Report): readonly Command[] {
  const lines = renderAnnotations(report).split('\n');
  assert.equal(lines.pop(), '');
  return lines.map((line) => {
    const command = commandIn(line);
    assert.ok(command !== null, line);
    return command;
  });
}

test('what failed or is inconclusive is an error, what warned a warning, worst first; nothing else is annotated', () => {
  const commands = commandsOf(failing);
  const errors = commands.filter(({ name }) => name === 'error');
  assert.deepEqual(
    commands.map(({ name }) => name),
    [...errors.map(() => 'error'), ...commands.slice(errors.length).map(() => 'warning')],
  );
  const titled = reports.failing.findings.filter(({ status }) => ['fail', 'inconclusive', 'warn'].includes(status));
  assert.deepEqual(
    commands.map(({ title }) => title).sort(),
    titled.map(({ title, status }) => `${title}: ${status}`).sort(),
  );
  assert.match(errors[0]?.title ?? '', /: fail$/);
  assert.match(errors.at(-1)?.title ?? '', /: inconclusive$/);
  const crash = titled.find(({ title }) => title === 'Worker crashes');
  assert.equal(
    errors.find(({ title }) => title === 'Worker crashes: fail')?.message,
    [crash?.summary, ...(crash?.evidence.slice(0, 3) ?? [])].join('\n'),
  );
  assert.deepEqual(commandsOf(reports.healthy), []);
});

test('a strict run fails for its warnings: they are errors', () => {
  assert.ok(commandsOf({ ...reports.failing, strict: true }).every(({ name }) => name === 'error'));
});

test('a run that is red for no criterion says why', () => {
  const [only, ...more] = commandsOf({ ...reports.healthy, exitCode: 130, headline: 'Interrupted: 100%' });
  assert.deepEqual([only, more], [{ name: 'error', title: 'webhook-stress', message: 'Interrupted: 100%' }, []]);
});

test('GitHub shows ten of each kind: the tenth names the rest', () => {
  const [first] = reports.failing.findings;
  assert.ok(first !== undefined);
  const many = (count: number): Report => ({
    ...reports.failing,
    findings: Array.from({ length: count }, (_, n) => ({ ...first, status: 'fail', title: `Criterion ${n}` })),
  });
  assert.equal(commandsOf(many(10)).length, 10);
  const commands = commandsOf(many(12));
  assert.equal(commands.length, 10);
  assert.deepEqual(commands.at(-1)?.message, 'Criterion 9: fail\nCriterion 10: fail\nCriterion 11: fail');
});

test('hostile text stays in its annotation: no line, no property, no command more', () => {
  const hostile = { ...reports.hostile, strict: false };
  const titled = hostile.findings.filter(({ status }) => ['fail', 'inconclusive', 'warn'].includes(status));
  const commands = commandsOf(hostile);
  assert.equal(commands.length, titled.length);
  for (const { title, message } of commands) {
    assert.match(title, /^title-\d+.*: (fail|warn|inconclusive)$/);
    assert.ok(message.includes('&') && message.length <= 4096);
  }
  const line = annotation('error', 'a,b::c%0A', ['50%\r\n::error::x', 'end']);
  assert.equal(line, '::error title=a%2Cb%3A%3Ac%250A::50%25  ::error::x%0Aend');
  assert.ok(annotation('error', 't', ['x'.repeat(5000)]).endsWith('x…'));
  assert.doesNotMatch(annotation('error', 't', [`${'x'.repeat(4094)}😀😀`]), /[\uD800-\uDBFF]…/);
});

test('a line of the terminal is no command of a pipeline, whatever a server has answered', () => {
  for (const text of [
    '::add-mask::x',
    '  ::error::x',
    'said ##[error]x',
    '##vso[task.complete result=Succeeded;]',
    '###[x]',
  ]) {
    assert.equal(commandIn(logLine(text)), null, text);
    assert.doesNotMatch(logLine(text), /##\w*\[/, text);
  }
  assert.equal(logLine('a::b # c ## d [e]'), 'a::b # c ## d [e]');
  const [finding] = reports.failing.findings;
  assert.ok(finding !== undefined);
  const findings: Report['findings'] = [{ ...finding, status: 'fail', evidence: ['::error::x', '##[add-mask]x'] }];
  const text = renderTerminal({ ...reports.failing, findings }, { color: false, width: 80, reportPath: 'r' });
  assert.match(text, /: :error::x/);
  for (const line of text.split('\n')) assert.ok(commandIn(line) === null && !line.includes('##['), line);
});

test('Markdown fits into what is left of a summary', () => {
  const markdown = `${'é'.repeat(20)}\n`.repeat(100);
  assert.equal(withinBytes(markdown, 4100), markdown);
  const cut = withinBytes(markdown, 1000);
  assert.ok(Buffer.byteLength(cut) <= 1000 && Buffer.byteLength(cut) > 900);
  assert.match(cut, /é\n\n_Cut here/);
  assert.equal(withinBytes(markdown, 10), '');
  assert.equal(withinBytes(markdown, -1), '');
});
