import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type EndLine,
  type HeaderLine,
  journalVersion,
  type LedgerEffectLine,
  type ReadbackFailedLine,
} from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { UnwritableFileError } from '../../contract/journal/unwritable-file.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { ledgerIds } from '../../contract/plan/signal-id.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { atomicWrite } from '../atomic-write.ts';
import { boundedLines } from '../processes/bounded-lines.ts';
import { readbackEnvironment } from '../processes/child-environment.ts';
import { type Output, outputOf } from '../processes/output-of.ts';
import type { Session } from './session.ts';

const timeoutMs = 30_000;
const betweenReadsMs = 1_000;
const maxBytes = 256 * 1024 * 1024;

/** What the command told, or in words why it told nothing. */
export type CommandRead = { readonly effects: readonly LedgerEffectLine[] } | { readonly failed: string };

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
 * Reads until two reads a second apart agree, for at most 30 s: processing may go on in the background.
 * @param sleep waits so many milliseconds, or less if the run is interrupted.
 */
export async function readUntilStable(
  read: () => Promise<CommandRead>,
  sleep: (ms: number) => Promise<void>,
): Promise<CommandRead> {
  const startedMs = performance.now();
  let before: CommandRead | null = null;
  for (;;) {
    const now = await read();
    if ('failed' in now) return now;
    if (isDeepStrictEqual(now, before)) return now;
    if (performance.now() - startedMs > timeoutMs) {
      return { failed: `what it prints still changed after ${timeoutMs / 1000} s` };
    }
    before = now;
    await sleep(betweenReadsMs);
  }
}

/** If the profile names a command that tells what was processed: runs it and writes the effects. k6 itself asks a URL. */
export async function readBackByCommand(session: Session, name: ScenarioName, runTag: string): Promise<void> {
  const { settings, interrupt, folder, runId, clock, line, redact, manifest } = session;
  const { profile } = settings;
  if (profile.readback.kind !== 'command' || interrupt.requested) return;
  const startedAtUs = clock.nowUs();
  const { command } = profile.readback;
  const run = (): Promise<Output> =>
    outputOfCommand(session, command, { STRESS_SCENARIO: name, STRESS_RUN_TAG: runTag });
  const read = await readUntilStable(
    async () => {
      const output = await run();
      return 'failed' in output ? output : effectsIn(output.text, profile, runTag);
    },
    (ms) => interrupt.sleep(ms),
  );
  if ('failed' in read) line.say(redact(`${name}: the read-back command failed: ${read.failed}`));
  const path = join(folder, journalFiles.effects(name));
  try {
    atomicWrite(path, effectsText({ runId, scenario: name, startedAtUs, clock: clock.pair }, read));
  } catch (error) {
    if (!(error instanceof UnwritableFileError)) throw error;
    manifest.noteUnwritable(path, error.refusal);
  }
}

function outputOfCommand(
  { env, runId, line, redact, interrupt }: Session,
  command: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<Output> {
  const [program = '', ...args] = command;
  const stderr = boundedLines((text) => line.say(redact(text)));
  return outputOf(
    {
      command: program,
      args,
      env: { ...readbackEnvironment(env, command), ...variables, STRESS_RUN_ID: runId },
      stderr: stderr.take,
    },
    { timeoutMs, maxBytes, interrupted: interrupt.signal },
  );
}

/** k6/<scenario>.effects.ndjson. */
function effectsText(header: Omit<HeaderLine, 'format' | 'version'>, read: CommandRead): string {
  const head: HeaderLine = { format: 'effects', version: journalVersion, ...header };
  const lines: readonly (LedgerEffectLine | ReadbackFailedLine)[] = 'failed' in read ? [read] : read.effects;
  const end: EndLine = { end: true, lines: lines.length };
  return [head, ...lines, end].map((line) => `${JSON.stringify(line)}\n`).join('');
}
