import { exitCodes } from '../contract/report/criteria.ts';
import { ExpectedError } from '../contract/report/expected-error.ts';
import { commands } from './commands.ts';
import { exitWith } from './exit.ts';
import { commandHelp, paragraph, section } from './options/help.ts';
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
  if (command !== undefined && word === 'help') {
    process.stdout.write(commandHelp(command.table));
    return exitCodes.passed;
  }
  if (command !== undefined) return command.run(args);
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

export function main(): Promise<never> {
  const [verb, ...args] = process.argv.slice(2);
  return exitWith(() => dispatch(verb, args));
}
