import { join } from 'node:path';
import * as z from 'zod';
import { planSchema } from '../../contract/journal/plan-schema.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { BundledScenario } from '../own-scenario/bundle-scenario.ts';
import { shownPath } from '../own-scenario/scenario-file.ts';
import { packageRoot } from '../package-root.ts';
import { boundedLines } from '../processes/bounded-lines.ts';
import { generatorEnvironment } from '../processes/child-environment.ts';
import { outputOf } from '../processes/output-of.ts';
import type { K6Binary } from './k6-binary.ts';
import { errorIn, ofThreshold, thrownIn } from './k6-log.ts';
import { scenarioVariables } from './scenario-variables.ts';
import type { RunSettings } from './settings.ts';

// The plan of an own scenario is data before anything is sent: `k6 inspect` runs the top of its bundle, as `k6 run` would, and
// prints the options, among which the plan stands. It checks the user's thresholds, too.

/** The settings with the plans of the own scenarios, which run after ours. Throws an ExpectedError that tells every problem. */
export async function withOwnPlans(settings: RunSettings, k6: K6Binary): Promise<RunSettings> {
  const { ownScenarios } = settings;
  if (ownScenarios.length === 0) return settings;
  const asked = await Promise.all(ownScenarios.map((own) => ownPlan(own, settings, k6)));
  const problems = asked.flatMap((one) => one.problems);
  if (problems.length > 0) throw new ExpectedError(`run: ${problems.join('; ')}`);
  return {
    ...settings,
    scenarios: [...settings.scenarios, ...ownScenarios.map(({ name }) => name)],
    plans: [...settings.plans, ...asked.flatMap(({ plan }) => plan ?? [])],
  };
}

interface Asked {
  readonly plan: Plan | null;
  /** Each with the file. */
  readonly problems: readonly string[];
}

const limits = { timeoutMs: 60_000, maxBytes: 256 * 1024 * 1024 };

async function ownPlan(own: BundledScenario, settings: RunSettings, k6: K6Binary): Promise<Asked> {
  const { bundlePath } = own;
  if (bundlePath === null) return { plan: null, problems: own.problems };
  const errors: string[] = [];
  const stderr = boundedLines((line) => {
    const thrown = thrownIn(line);
    const message = thrown === null ? errorIn(line) : thrown.message;
    if (message !== null) errors.push(thrown?.place == null ? message : `${thrown.place}: ${message}`);
  });
  const output = await outputOf(
    {
      command: k6.path,
      args: ['inspect', '--execution-requirements', '--include-system-env-vars', '--no-color', bundlePath],
      env: {
        ...generatorEnvironment(settings.environment.all, join(packageRoot, 'k6', 'no-user-config')),
        ...scenarioVariables(settings),
        STRESS_SCENARIO: own.name,
        BASE_URL: settings.baseUrl ?? anyBaseUrl,
      },
      stderr: stderr.take,
    },
    limits,
  );
  stderr.end();
  if ('failed' in output)
    return failed(own, errors[0] !== undefined ? ofThreshold(errors[0]) : `k6 cannot load it: ${output.failed}`);
  return planIn(output.text, own);
}

/** No plan depends on where the embedded backend will listen. */
const anyBaseUrl = 'http://127.0.0.1:8000';

const failed = ({ file }: BundledScenario, problem: string): Asked => ({
  plan: null,
  problems: [`${shownPath(process.cwd(), file)}: ${problem}`],
});

/** Of the options that k6 prints, what a plan is asked for. */
const options = z.object({
  ext: z.object({ webhookStress: z.object({ plan: planSchema }) }),
  scenarios: z.record(z.string(), z.object({ exec: z.string().nullable().optional() })),
});

function planIn(text: string, own: BundledScenario): Asked {
  const json = parsed(text);
  if (json === undefined) return failed(own, 'k6 inspect printed no JSON');
  const read = options.safeParse(json);
  if (!read.success) {
    const isWithout = read.error.issues.every(({ path }) => path[0] === 'ext' && path.length < 4);
    if (isWithout) return failed(own, 'it exports no plan: export const options = planned.options()');
    const issues = read.error.issues.map(({ path, message }) => `${path.slice(3).join('.')}: ${message}`);
    return failed(own, `its plan is wrong: ${issues.join('; ')}`);
  }
  const { ext, scenarios } = read.data;
  const { plan } = ext.webhookStress;
  if (plan.scenario !== own.name) {
    return failed(own, `it holds scenario('${plan.scenario}'): call it '${own.name}', as the file, or rename the file`);
  }
  const problems = [...unknownPhases(plan, scenarios)];
  return {
    plan: problems.length > 0 ? null : plan,
    problems: problems.map((problem) => `${shownPath(process.cwd(), own.file)}: ${problem}`),
  };
}

/** k6 scenarios that run `send` of the plan without being one of its phases. */
function unknownPhases(plan: Plan, scenarios: Readonly<Record<string, { readonly exec?: string | null | undefined }>>) {
  const names = plan.phases.map(({ name }) => name);
  const execs = new Set(names.map((name) => scenarios[name]?.exec ?? 'default'));
  return Object.entries(scenarios)
    .filter(([name, { exec }]) => name !== 'readback' && !names.includes(name) && execs.has(exec ?? 'default'))
    .map(
      ([name]) =>
        `there is no phase "${name}" in its plan, and options.scenarios runs one: the plan has ${names.join(', ')}`,
    );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
