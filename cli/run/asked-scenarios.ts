import { type BuiltInScenario, defaultScenarios, isBuiltIn, scenarioNames } from '../../contract/plan/scenarios.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { Environment } from '../environment.ts';
import { type BundledScenario, bundleScenario } from '../own-scenario/bundle-scenario.ts';
import { isScenarioFile } from '../own-scenario/scenario-file.ts';

export interface AskedScenarios {
  /** Ours as asked for, in the order in which they run. */
  readonly scenarios: readonly BuiltInScenario[];
  readonly ownScenarios: readonly BundledScenario[];
  readonly problems: readonly string[];
}

/** What the words of `run` ask for. */
export async function askedScenarios(words: readonly string[], { all }: Environment): Promise<AskedScenarios> {
  const files = [...new Set(words.filter(isScenarioFile))];
  const unknown = words.filter((word) => !isBuiltIn(word) && !isScenarioFile(word));
  const available = `${scenarioNames.join(', ')}, or a file, such as stress/market-open.ts`;
  const ownScenarios: BundledScenario[] = [];
  for (const file of files) ownScenarios.push(await bundleScenario(file, { folder: process.cwd(), env: all }));
  const twice = ownScenarios.filter(({ name }, n) => ownScenarios.findIndex((other) => other.name === name) < n);
  return {
    scenarios: words.length === 0 ? defaultScenarios : scenarioNames.filter((name) => words.includes(name)),
    ownScenarios,
    problems: [
      ...unknown.map((word) => `Unknown scenario “${word}”. Available: ${available}`),
      ...twice.map(({ name }) => `two files are called ${name}: rename one of them`),
    ],
  };
}

/** Throws every problem at once. Those of files are told one a line, as compilers do: an editor finds the place. */
export function failIfWrong(command: string, problems: readonly string[], own: readonly BundledScenario[]): void {
  const lines = [
    ...(problems.length > 0 ? [`${command}: ${problems.join('; ')}`] : []),
    ...own.flatMap((scenario) => scenario.problems),
  ];
  if (lines.length > 0) throw new ExpectedError(lines.join('\n'));
}
