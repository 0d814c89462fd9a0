import { exitCodes } from '../contract/criteria.ts';
import { ExpectedError } from '../contract/expected-error.ts';
import { environment } from './environment.ts';
import { packageVersion } from './version.ts';

const help = `webhook-stress ${packageVersion}: load runs with verdicts for webhook backends

  webhook-stress run [SCENARIO…]   run scenarios, watch the server, write one report with a verdict
  webhook-stress monitor           watch a server and record its health
  webhook-stress report [DIR]      rebuild the report of a run from its journal
  webhook-stress target            run the embedded backend by itself

Each takes --help.
`;

// Each verb is loaded only when it is called: the report of a long run has better use for the memory of a web server.
async function dispatch(verb: string | undefined, args: string[]): Promise<number> {
  switch (verb) {
    case 'run':
      return (await import('./run.ts')).run(args);
    case 'monitor':
      return (await import('./monitor.ts')).monitor(args, environment.monitor, async (folder) => {
        (await import('./write-report.ts')).reportRun(folder, false);
      });
    case 'report':
      return (await import('./report.ts')).report(args);
    case 'target':
      return (await import('./target.ts')).target(args, environment.target);
    case '--version':
      process.stdout.write(`${packageVersion}\n`);
      return exitCodes.passed;
    case undefined:
    case 'help':
    case '--help':
      process.stdout.write(help);
      return exitCodes.passed;
    default:
      throw new ExpectedError(`"${verb}" is no verb: webhook-stress --help lists them`);
  }
}

// The one place that exits.
const [verb, ...args] = process.argv.slice(2);
try {
  process.exit(await dispatch(verb, args));
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error;
  process.stderr.write(`webhook-stress: ${error.message}\n`);
  process.exit(exitCodes.usage);
}
