import { isIP } from 'node:net';
import { planOf, problemsOfPlan } from '../../contract/plan/plan-of.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { normalizeBaseUrl } from '../base-url.ts';
import { type Env, type Environment, readEnvironment } from '../environment.ts';
import { variables } from '../environment-variables.ts';
import { isLoopback } from '../loopback.ts';
import { kubernetesTable } from '../options/kubernetes.ts';
import type { Values } from '../options/option.ts';
import { parseArguments } from '../options/parse.ts';
import { loadProfile } from '../profile-file.ts';
import { askedScenarios, failIfWrong } from '../run/asked-scenarios.ts';
import { scenarioVariables } from '../run/scenario-variables.ts';
import { allowedHosts } from '../run/settings.ts';
import { withSignature } from '../signature-option.ts';
import { tlsFileNames } from '../tls-files.ts';
import { asTyped } from '../typed-command.ts';
import { journalIn, type TestRunSettings } from './test-run.ts';

type KubernetesValues = Values<typeof kubernetesTable.options>;

export interface TestRuns {
  readonly testRuns: readonly TestRunSettings[];
  /** What whoever applies them must know. */
  readonly notes: readonly string[];
}

const ofGenerator = variables.filter(({ readBy }) => readBy.includes('generator'));
const secretNames = ofGenerator.filter(({ secret }) => secret).map(({ name }) => name);
const logIns = ['LOGIN_EMAIL', 'SECOND_LOGIN_EMAIL'] as const;
const defaultBaseUrl = 'http://127.0.0.1:8000';

/** What the command `kubernetes` writes; null if only help was asked for. Throws an ExpectedError with every problem. */
export async function testRunSettings(args: readonly string[], env: Env): Promise<TestRuns | null> {
  const { values, operands, help, problems: wrong } = parseArguments(kubernetesTable, args);
  if (help) return null;
  const environment = readEnvironment(env);
  const asked = await askedScenarios(operands, environment);
  const fallback = await loadProfile(
    values.profile ?? environment.targetProfile,
    process.cwd(),
    'generic',
    () => environment.all,
  );
  const loaded = withSignature(fallback, values.signature);
  const profile = loaded.profile ?? builtInProfiles.generic;
  const { sizes, problems: sizeProblems } = sizesFromSettings(environment.all);
  const target = normalizeBaseUrl(environment.baseUrl ?? profile.baseUrl ?? defaultBaseUrl, 'BASE_URL');
  const { hosts, problems: hostProblems } = allowedHosts(values['allow-host'], environment);
  const baseUrl = 'value' in target ? target.value : defaultBaseUrl;
  const plans = sizeProblems.length > 0 ? [] : asked.scenarios.map((name) => planOf(name, sizes, profile, 0));
  failIfWrong(
    'kubernetes',
    [
      ...[...wrong, ...asked.problems, ...loaded.problems, ...sizeProblems, ...environment.problems, ...hostProblems],
      ...('problem' in target ? [target.problem] : outsideProblems(baseUrl, hosts)),
      ...(asked.ownScenarios.length > 0
        ? [
            `a file with a scenario of your own is not in the image: "${asTyped('run', '--on', 'kubernetes')}" takes it along`,
          ]
        : []),
      ...plans.flatMap((plan) => problemsOfPlan(plan, profile)),
    ],
    asked.ownScenarios,
  );
  const common = {
    ...commonOf(values),
    secretNames,
    variables: {
      ...scenarioVariables({ sizes, profile }),
      ...logInsOf(environment),
      BASE_URL: baseUrl,
      STRESS_HOST_ALLOWED: hosts.includes(new URL(baseUrl).hostname) ? 'on' : 'off',
    },
  };
  const testRuns = asked.scenarios.map((scenario) => testRunOf(scenario, values, common));
  return { testRuns, notes: notesOf(values, environment, testRuns.length) };
}

type Common = Omit<TestRunSettings, 'scenario' | 'name' | 'runId'>;

function testRunOf(scenario: string, values: KubernetesValues, common: Common): TestRunSettings {
  const name = `${values.name}-${scenario}`;
  const runId = values['run-id'] ?? name;
  const own = {
    ...{ STRESS_RUN_ID: runId, STRESS_SCENARIO: scenario },
    // Without a volume the summary is printed into the pod's log.
    ...(common.journalClaim === null ? {} : { STRESS_SUMMARY: `${journalIn(runId)}/${scenario}.summary.json` }),
  };
  return { ...common, scenario, name, runId, variables: { ...common.variables, ...own } };
}

function commonOf(values: KubernetesValues) {
  const { image, namespace, parallelism, secret, cpu, memory, separate, cleanup } = values;
  return {
    ...{ image, namespace, parallelism, secret, cpu, memory, separate, cleanup },
    configMap: values['config-map'],
    journalClaim: values['journal-claim'],
  };
}

const logInsOf = ({ all }: Environment): Readonly<Record<string, string>> =>
  Object.fromEntries(logIns.flatMap((name) => (all[name] ? [[name, all[name]]] : [])));

/** Names are resolved in the cluster, not here: what is not loopback by its name must be allowed by it. */
function outsideProblems(baseUrl: string, allowed: readonly string[]): readonly string[] {
  const { hostname } = new URL(baseUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isInside = host === 'localhost' || (isIP(host) !== 0 && isLoopback(host));
  return isInside || allowed.includes(hostname)
    ? []
    : [`BASE_URL names ${host}, which is not loopback: add --allow-host ${hostname} if you may load that server`];
}

function notesOf(values: KubernetesValues, { all }: Environment, count: number): readonly string[] {
  const given = secretNames.filter((name) => all[name]);
  const files = tlsFileNames.filter((name) => all[name]);
  return [
    ...(count > 1
      ? [`${count} TestRuns: apply one when the one before has finished, or they load the server together.`]
      : []),
    ...(given.length > 0 && values.secret === null
      ? [`${given.join(', ')}: no secret is written. Make a Secret with these keys, and name it by --secret.`]
      : []),
    ...(files.length > 0
      ? [`${files.join(', ')}: mount these files in runner and initializer, and set the variables there.`]
      : []),
    ...(values['journal-claim'] === null
      ? ["Without --journal-claim the journals end with the pods, and what is left is k6's own summary in their logs."]
      : []),
  ];
}
