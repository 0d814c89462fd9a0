import { exitCodes } from '../contract/criteria.ts';
import { ExpectedError } from '../contract/expected-error.ts';
import { environment } from './environment.ts';
import { monitor } from './monitor.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { target } from './target.ts';
import { packageVersion } from './version.ts';
import { reportRun } from './write-report.ts';

const help = `webhook-stress ${packageVersion}: load runs with verdicts for webhook backends

  webhook-stress run [SCENARIO…]   run scenarios, watch the server, write one report with a verdict
  webhook-stress monitor           watch a server and record its health
  webhook-stress report [DIR]      rebuild the report of a run from its journal
  webhook-stress target            run the embedded backend by itself

Each takes --help.
`;

async function dispatch(verb: string | undefined, args: string[]): Promise<number> {
  switch (verb) {
    case 'run':
      return run(args);
    case 'monitor':
      return monitor(args, environment.monitor, async (folder) => {
        reportRun(folder, false);
      });
    case 'report':
      return report(args);
    case 'target':
      return target(args, environment.target);
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
