import { isMainThread } from 'node:worker_threads';
import { redactor } from '../contract/journal/redaction.ts';
import { UnwritableFileError } from '../contract/journal/unwritable-file.ts';
import { exitCodes } from '../contract/report/criteria.ts';
import { ExpectedError } from '../contract/report/expected-error.ts';
import { commands } from './commands.ts';
import { readEnvironment } from './environment.ts';
import { paragraph, section } from './options/help.ts';
import { killAllChildren } from './processes/child.ts';
import { packageVersion } from './version.ts';

function help(): string {
  return [
    'Usage: webhook-stress <command> [options]\n',
    paragraph(`webhook-stress ${packageVersion}: load tests with verdicts for webhook backends`),
    section(
      'Commands',
      commands.map(({ table }) => [`${table.name} ${table.operands}`.trim(), table.summary]),
    ),
    section('Options', [
      ['-h, --help', 'show this help; after a command, the help of the command'],
      ['-v, --version', 'show the version'],
    ]),
    'Example:\n  webhook-stress run burst\n      one scenario against the embedded backend\n',
  ].join('\n');
}

async function dispatch(word: string | undefined, args: readonly string[]): Promise<number> {
  const command = commands.find(({ table }) => table.name === (word === 'help' ? args[0] : word));
  if (command !== undefined) return command.run(word === 'help' ? ['--help'] : args);
  switch (word) {
    case '--version':
    case '-v':
      process.stdout.write(`${packageVersion}\n`);
      return exitCodes.passed;
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(help());
      return exitCodes.passed;
    default:
      throw new ExpectedError(
        `Unknown command “${word}”. Available: ${commands.map(({ table }) => table.name).join(', ')}`,
      );
  }
}

/** What an error says, with its stack if it is a bug; never a secret. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return redactor(readEnvironment().secrets)(text);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ExpectedError || error instanceof UnwritableFileError) {
    process.stderr.write(`webhook-stress: ${error.message}\n`);
    return error instanceof ExpectedError ? exitCodes.usage : exitCodes.inconclusive;
  }
  process.stderr.write(`webhook-stress: this is a bug of webhook-stress: ${wordsOf(error)}\n`);
  return exitCodes.internal;
}

/** The one place that exits, apart from a second Ctrl-C. */
async function main(): Promise<never> {
  // A closed terminal, or a pipe whose reader has ended, must not end a run.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      const code = exitCodeOf(error);
      killAllChildren();
      process.exit(code === exitCodes.usage ? exitCodes.internal : code);
    });
  }
  const [verb, ...args] = process.argv.slice(2);
  process.exit(await dispatch(verb, args).catch(exitCodeOf));
}

if (isMainThread) await main();
else await (await import('./run/report-thread.ts')).runReportThread();
