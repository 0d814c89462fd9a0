import { scenarioNames } from '../../contract/plan/scenarios.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { usageCode } from './exit-codes.ts';
import { imageOption, nameMust, namespaceOption, resourceOptions } from './kubernetes-options.ts';
import type { CommandTable } from './option.ts';
import { runTable } from './run.ts';

const { profile, signature, 'allow-host': allowHost, 'run-id': runId } = runTable.options;

const options = {
  profile,
  signature,
  'allow-host': allowHost,
  'run-id': runId,
  image: imageOption,
  name: {
    kind: 'text',
    value: 'NAME',
    default: 'webhook-stress',
    meaning: 'how the names of TestRuns begin; that of the scenario follows',
    must: { match: /^[a-z][a-z0-9-]{0,29}$/, be: 'up to 30 small letters, digits and dashes, a letter first' },
  },
  namespace: namespaceOption,
  parallelism: { kind: 'number', value: 'N', default: 1, min: 1, max: 100, meaning: 'generators of each TestRun' },
  secret: {
    kind: 'text',
    value: 'NAME',
    meaning: 'Secret whose keys are the secrets listed in docs/environment.md, such as WEBHOOK_TOKEN',
    must: nameMust,
  },
  'config-map': {
    kind: 'text',
    value: 'NAME',
    meaning: 'ConfigMap that holds the scripts, SCENARIO.js each (default: those of the image)',
    must: nameMust,
  },
  ...resourceOptions,
  separate: { kind: 'flag', meaning: 'never two generators on one node (default: not if it can be helped)' },
  cleanup: { kind: 'flag', meaning: 'let the operator delete the TestRun and its pods when it has ended' },
} as const;

export const kubernetesTable = {
  name: 'kubernetes',
  summary: 'Write a TestRun for k6-operator (YAML).',
  operands: '[SCENARIO…]',
  maxOperands: Number.MAX_SAFE_INTEGER,
  description: [
    `Scenarios: ${scenarioNames.join(', ')}, one TestRun each; apply one when the one before has finished. All of them by default.`,
    'BASE_URL (default http://127.0.0.1:8000), profile and sizes are those of the environment, as in `run`; of a secret only its name is written. It asks no cluster.',
    '`webhook-stress run --on kubernetes` needs no operator, and ends in a report (docs/kubernetes.md).',
  ],
  options,
  lists: [],
  examples: [
    ['webhook-stress kubernetes burst | kubectl apply -f -', 'at 127.0.0.1:8000 of each pod'],
    [
      'webhook-stress kubernetes sustained --parallelism 3 --secret webhooks',
      'three generators, with the tokens in a Secret',
    ],
  ],
  exitCodes: [[exitCodes.passed, 'written'], usageCode],
} as const satisfies CommandTable<typeof options>;
