import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import {
  type EndLine,
  type HeaderLine,
  journalVersion,
  type LedgerEffectLine,
  type ReadbackFailedLine,
} from '../../contract/journal/journal.ts';
import { ledgerIds } from '../../contract/plan/signal-id.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { exitOf } from '../child-exit.ts';

const timeoutMs = 30_000;
const betweenReadsMs = 1_000;
const maxBytes = 256 * 1024 * 1024;

/** What the command told, or in words why it told nothing. */
export type CommandRead = { readonly effects: readonly LedgerEffectLine[] } | { readonly failed: string };

/** Standard output of a program, without a shell. Rejects never: what goes wrong is told in words. */
async function outputOf(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly text: string } | { readonly failed: string }> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  let bytes = 0;
  let failed: string | null = null;
  const giveUp = (why: string): void => {
    failed ??= why;
    child.kill('SIGKILL');
  };
  child.once('error', (error) => {
    failed ??= `it could not be started (${'code' in error ? String(error.code) : error.message})`;
  });
  const timer = setTimeout(() => giveUp(`it took longer than ${timeoutMs / 1000} s`), timeoutMs);
  const closed = new Promise((resolve) => child.stdout.once('close', resolve));
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) giveUp(`it printed more than ${maxBytes} bytes`);
    else chunks.push(chunk);
  });
  const exit = await exitOf(child);
  await closed;
  clearTimeout(timer);
  if (failed !== null) return { failed };
  if (exit.code !== 0) return { failed: `it ended with ${exit.signal ?? `exit code ${exit.code}`}` };
  return { text: Buffer.concat(chunks).toString('utf8') };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/**
 * The effects in what a command printed: a JSON object a line, with `id`, and where there are such `processedAtUs` and the
 * identifying fields. Signals of other runs and scenarios are passed over.
 */
export function effectsIn(text: string, profile: TargetProfile, runTag: string): CommandRead {
  const ledgerId = ledgerIds(profile);
  const effects: LedgerEffectLine[] = [];
  for (const [n, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let fields: Readonly<Record<string, unknown>> = {};
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) fields = Object.fromEntries(Object.entries(value));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    const id = textOf(fields.id);
    if (id === null) return { failed: `line ${n + 1} of its output is no JSON object with an id` };
    const effect = ledgerId(id, (name) => textOf(fields[name]), runTag);
    if (!effect.startsWith(`${runTag}-`)) continue;
    const processedAtUs = Number(fields.processedAtUs ?? 0);
    effects.push({ effect, webhook: 0, processedAtUs: Number.isFinite(processedAtUs) ? processedAtUs : 0 });
  }
  return { effects };
}

/**
 * Runs the command until two reads a second apart agree, for at most 30 s: processing may go on in the background.
 * @param sleep waits so many milliseconds, or less where the run is interrupted.
 */
export async function readByCommand(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  profile: TargetProfile,
  runTag: string,
  sleep: (ms: number) => Promise<void>,
): Promise<CommandRead> {
  const startedMs = performance.now();
  let before: CommandRead | null = null;
  for (;;) {
    const output = await outputOf(command, env);
    const read: CommandRead = 'failed' in output ? output : effectsIn(output.text, profile, runTag);
    if ('failed' in read) return read;
    if (isDeepStrictEqual(read, before)) return read;
    if (performance.now() - startedMs > timeoutMs) {
      return { failed: `what it prints still changed after ${timeoutMs / 1000} s` };
    }
    before = read;
    await sleep(betweenReadsMs);
  }
}

/** Writes k6/<scenario>.effects.ndjson. */
export function writeEffects(path: string, header: Omit<HeaderLine, 'format' | 'version'>, read: CommandRead): void {
  const head: HeaderLine = { format: 'effects', version: journalVersion, ...header };
  const lines: readonly (LedgerEffectLine | ReadbackFailedLine)[] = 'failed' in read ? [read] : read.effects;
  const end: EndLine = { end: true, lines: lines.length };
  writeFileSync(path, [head, ...lines, end].map((line) => `${JSON.stringify(line)}\n`).join(''));
}
