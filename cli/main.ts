import { isMainThread } from 'node:worker_threads';
import { redactor } from '../contract/journal/redaction.ts';
import { UnwritableFileError } from '../contract/journal/unwritable-file.ts';
import { exitCodes } from '../contract/report/criteria.ts';
import { ExpectedError } from '../contract/report/expected-error.ts';
import { environment } from './environment.ts';
import { killAllChildren } from './processes/child.ts';
import { packageVersion } from './version.ts';

const help = `webhook-stress ${packageVersion}: load runs with verdicts for webhook backends

  webhook-stress run [SCENARIO…]   run scenarios, watch the server, write one report with a verdict
  webhook-stress monitor           watch a server and record its health
  webhook-stress report [DIR]      rebuild the report of a run from its journal
  webhook-stress profile [FILE]    check a target profile and print it with its defaults
  webhook-stress backend           run the embedded backend by itself

Each takes --help.
`;

/** The verbs that only take secrets, and tell nothing else of the environment. */
function checkSecrets(): void {
  if (environment.problems.length > 0) throw new ExpectedError(environment.problems.join('; '));
}

// Each verb is loaded only when it is called: the report of a long run has better use for the memory of a web server.
async function dispatch(verb: string | undefined, args: string[]): Promise<number> {
  switch (verb) {
    case 'run':
      return (await import('./commands/run.ts')).run(args);
    case 'monitor':
      checkSecrets();
      return (await import('./commands/monitor.ts')).monitor(args, environment.monitor, async (folder) => {
        (await import('./write-report.ts')).reportFolder(folder, { strict: false });
      });
    case 'report':
      return (await import('./commands/report.ts')).report(args);
    case 'profile':
      return (await import('./commands/profile.ts')).profile(args);
    case 'backend':
      checkSecrets();
      return (await import('./commands/backend.ts')).backend(args, environment.backend);
    case '--version':
      process.stdout.write(`${packageVersion}\n`);
      return exitCodes.passed;
    case undefined:
    case 'help':
    case '--help':
      process.stdout.write(help);
      return exitCodes.passed;
    default:
      throw new ExpectedError(`"${verb}" is not a command: webhook-stress --help lists them`);
  }
}

/** What an error says, with its stack if it is a bug; never a secret. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return redactor(environment.secrets)(text);
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
