import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { commandHelp } from '../options/help.ts';
import { newTable } from '../options/new.ts';
import { parseArguments } from '../options/parse.ts';
import { problemOfName } from '../own-scenario/scenario-file.ts';
import { scenarioTemplate } from '../own-scenario/template.ts';
import { asTyped } from '../typed-command.ts';

function problemsOfNew(name: string, file: string): readonly string[] {
  if (name === '') return [`give the scenario a name: ${asTyped('new', 'market-open')}`];
  if (/[/\\.]/.test(name)) return [`“${name}” is a path: give a name alone, such as market-open`];
  const problem = problemOfName(file);
  return problem === null ? [] : [problem];
}

/** The command `new`. */
export async function newScenario(args: readonly string[]): Promise<number> {
  const { operands, help, problems } = parseArguments(newTable, args);
  if (help) {
    process.stdout.write(commandHelp(newTable));
    return exitCodes.passed;
  }
  const [name = ''] = operands;
  const file = join('stress', `${name}.ts`);
  const wrong = [...problems, ...problemsOfNew(name, file)];
  if (wrong.length > 0) throw new ExpectedError(`new: ${wrong.join('; ')}`);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, scenarioTemplate(name), { flag: 'wx' });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const isThere = 'code' in error && error.code === 'EEXIST';
    throw new ExpectedError(
      isThere ? `new: ${file} is there already` : `new: ${file} cannot be written: ${error.message}`,
    );
  }
  process.stdout.write(`wrote ${file}; run it with: ${asTyped('run', file)}\n`);
  return exitCodes.passed;
}
