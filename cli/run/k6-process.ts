import { createWriteStream, openSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { ClockPair } from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { refusalOf } from '../../contract/journal/unwritable-file.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { packageRoot } from '../package-root.ts';
import { boundedLines } from '../processes/bounded-lines.ts';
import { Child, type ChildExit } from '../processes/child.ts';
import { generatorEnvironment } from '../processes/child-environment.ts';
import type { Part } from './generator.ts';
import type { K6Binary } from './k6-binary.ts';
import { errorIn, ThrownCounts, thrownIn } from './k6-log.ts';
import { refusedFileIn } from './k6-refusals.ts';

export interface K6Run {
  /** Resolves when it has ended and its log is written. */
  readonly ended: Promise<ChildExit>;
  readonly child: Child;
  /** What k6 called errors so far, at most the last five. */
  readonly errors: readonly string[];
  /** What its iterations threw so far. */
  readonly thrown: ThrownCounts;
}

export interface K6Options {
  readonly k6: K6Binary;
  /** Names the folder of its files. */
  readonly id: string;
  /** Null: the whole load, at once. */
  readonly part: (Part & { readonly port: number }) | null;
  readonly name: ScenarioName;
  /** What k6 runs. */
  readonly script: string;
  readonly folder: string;
  readonly runId: string;
  readonly clock: ClockPair;
  /** Of the runner; k6 gets what generatorEnvironment lets through. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the scenario reads: sizes, profile, target. */
  readonly variables: Readonly<Record<string, string>>;
  redact(line: string): string;
  /** Takes a file of the journal that could not be written, and why. */
  onUnwritable(path: string, refusal: string): void;
}

const maxErrors = 5;
/** k6 may log a line a request: what follows so much of it tells nothing new. */
const maxLogBytes = 64 * 1024 * 1024;

/** generators/<id>/<scenario>.log, there before k6 is: it stops where the disk refuses it, and the load goes on. */
class K6Log {
  readonly #file: WriteStream | null;
  #bytes = 0;
  #open = true;

  constructor(path: string, onUnwritable: (path: string, refusal: string) => void) {
    const onError = (error: unknown): null => {
      this.#open = false;
      onUnwritable(path, refusalOf(error));
      return null;
    };
    this.#file = openedLog(path, onError);
    this.#file?.on('error', onError);
  }

  write(line: string): void {
    if (!this.#open) return;
    this.#bytes += line.length + 1;
    this.#open = this.#bytes <= maxLogBytes;
    this.#file?.write(this.#open ? `${line}\n` : `the log is cut here, after ${maxLogBytes} bytes\n`);
  }

  /** Resolves when all of it is written, or refused. */
  async end(): Promise<void> {
    const file = this.#file;
    if (file === null || file.closed) return;
    await new Promise<void>((resolve) => {
      file.once('close', () => resolve());
      file.end();
    });
  }
}

function openedLog(path: string, onError: (error: unknown) => null): WriteStream | null {
  try {
    return createWriteStream(path, { fd: openSync(path, 'a') });
  } catch (error) {
    return onError(error);
  }
}

/**
 * One of several gets the command line that k6-operator gives its runners: it waits until its REST API is told to go on, runs setup and
 * teardown when that says so, and stays until it is interrupted.
 */
function argumentsOf({ k6, id, part, script, folder, runId }: K6Options): readonly string[] {
  // What has an instance_id makes a folder of its own.
  const journal = part === null ? journalFiles.generator(id) : journalFiles.generatorsFolder;
  const always = ['run', '--quiet', '--no-color'];
  const outputs = k6.build === 'project' ? ['--out', `timeline=${join(folder, journal)}`] : [];
  if (part === null) return [...always, ...outputs, script];
  return [
    ...always,
    `--execution-segment=${part.segment}`,
    `--execution-segment-sequence=${part.sequence}`,
    ...['--no-setup', '--no-teardown', '--linger', ...outputs, script, `--address=127.0.0.1:${part.port}`, '--paused'],
    ...['--tag', `instance_id=${part.number}`, '--tag', `testrun_name=${runId}`],
  ];
}

/** Starts k6 on the bundle of one scenario; what it prints goes to its log. */
export function startK6(options: K6Options): K6Run {
  const { k6, id, part, name, folder, runId, clock, env, variables, redact, onUnwritable } = options;
  const log = new K6Log(join(folder, journalFiles.generatorLog(id, name)), onUnwritable);
  const errors: string[] = [];
  const thrown = new ThrownCounts();
  const onLine = (raw: string): void => {
    const line = redact(raw);
    log.write(line);
    const refused = refusedFileIn(raw);
    if (refused !== null) onUnwritable(refused.path, refused.refusal);
    const exception = thrownIn(line);
    if (exception !== null && exception.phase !== null) {
      thrown.add(exception);
      return;
    }
    const message = errorIn(line);
    if (message === null) return;
    errors.push(message);
    if (errors.length > maxErrors) errors.shift();
  };
  const [stdout, stderr] = [boundedLines(onLine), boundedLines(onLine)];
  const child = new Child({
    command: k6.path,
    args: argumentsOf(options),
    env: {
      ...generatorEnvironment(env, join(packageRoot, 'k6', 'no-user-config')),
      ...variables,
      STRESS_SUMMARY: join(folder, part === null ? journalFiles.summary(id, name) : journalFiles.sharedSummary(name)),
      STRESS_RUN_ID: runId,
      STRESS_SCENARIO: name,
      STRESS_CLOCK: `${clock.wallUs}:${clock.monotonicUs}`,
    },
    stdout: stdout.take,
    stderr: stderr.take,
    stopSignal: 'SIGINT',
  });
  const ended = child.ended.then(async (exit) => {
    stdout.end();
    stderr.end();
    await log.end();
    return exit;
  });
  return { child, ended, errors, thrown };
}
