import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ClockPair, journalFiles } from '../../contract/journal/journal.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { type ChildExit, exitOf } from '../child-exit.ts';
import { packageRoot } from '../package-root.ts';
import type { K6Binary } from './k6-binary.ts';

export interface K6Process {
  readonly process: ChildProcess;
  readonly exit: Promise<ChildExit>;
  /** What k6 called errors so far, at most the last five. */
  readonly errors: readonly string[];
}

const maxErrors = 5;

/** Replaces each secret wherever it stands in a line. */
export function redact(line: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (text, secret) => text.replaceAll(secret, '‹secret›').replaceAll(encodeURIComponent(secret), '‹secret›'),
    line,
  );
}

/** Starts k6 on the bundle of one scenario; what it prints goes to k6/<scenario>.log. */
export function startK6(
  k6: K6Binary,
  name: ScenarioName,
  run: { readonly folder: string; readonly runId: string; readonly clock: ClockPair },
  env: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[],
): K6Process {
  const outputs = k6.build === 'project' ? ['--out', `timeline=${join(run.folder, journalFiles.k6Folder)}`] : [];
  const bundle = join(packageRoot, 'dist', `${name}.js`);
  const child = spawn(k6.path, ['run', '--quiet', '--no-color', ...outputs, bundle], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...env,
      K6_NO_USAGE_REPORT: 'true',
      STRESS_SUMMARY: join(run.folder, journalFiles.summary(name)),
      STRESS_RUN_ID: run.runId,
      STRESS_SCENARIO: name,
      STRESS_CLOCK: `${run.clock.wallUs}:${run.clock.monotonicUs}`,
      STRESS_STOP_WITH_PARENT: 'on',
    },
  });
  const log = createWriteStream(join(run.folder, journalFiles.k6Log(name)), { flags: 'a' });
  const errors: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (raw) => {
      const line = redact(raw, secrets);
      log.write(`${line}\n`);
      const message = /level=error msg="?((?:[^"\\]|\\.)*)/.exec(line)?.[1];
      if (message === undefined) return;
      errors.push(
        message
          .replace(/\\[nt]/g, ' ')
          .replace(/ +at .*$/, '')
          .trim(),
      );
      if (errors.length > maxErrors) errors.shift();
    });
  }
  const exit = exitOf(child).then((end) => {
    log.end();
    return end;
  });
  return { process: child, exit, errors };
}
