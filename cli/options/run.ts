import { defaultScenarios } from '../../contract/plan/scenarios.ts';
import { byteSizeShape } from '../byte-size.ts';
import { durationShape } from '../duration.ts';
import { variableGroups } from '../environment-variables.ts';
import type { VariableGroup } from '../variable.ts';
import { runCodes } from './exit-codes.ts';
import { kubernetesRunOptions } from './kubernetes-run.ts';
import type { CommandTable } from './option.ts';
import { serverOptions } from './server-options.ts';
import { workerCount } from './worker-count.ts';

const dayInSeconds = 86_400;

const options = {
  profile: {
    kind: 'text',
    value: 'PROFILE',
    meaning:
      'profile of the target: a built-in one (`webhook-stress profile --help` lists them) or a file (default: stress.config.ts, .mts, .mjs, .cjs, .js or .json in this folder)',
    variable: 'STRESS_PROFILE',
  },
  signature: {
    kind: 'text',
    value: 'NAME',
    meaning:
      'sign signals as this ready profile does (github, stripe, …), or as a secret section in JSON says, whatever the profile says',
  },
  'allow-host': {
    kind: 'list',
    value: 'HOST',
    meaning: 'allow load on this host outside loopback',
    variable: 'ALLOW_HOST',
  },
  reports: { kind: 'text', value: 'DIR', default: 'reports', meaning: 'folder for the folders of runs' },
  'run-id': {
    kind: 'text',
    value: 'ID',
    meaning: 'name of the folder of this run (default: the time)',
    must: {
      match: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
      be: 'up to 100 letters, digits, dots, dashes and underscores, because it names a folder',
    },
  },
  duration: {
    kind: 'text',
    value: 'TIME',
    meaning: 'length of `soak`: a number of s, m or h, such as 90m (default: SOAK_SECONDS, an hour)',
    must: { match: durationShape, be: 'a number with its unit, s, m or h, such as 8h' },
  },
  'journal-limit': {
    kind: 'text',
    value: 'SIZE',
    default: '10GB',
    meaning:
      'what the folder of the run may take on disk, such as 500MB or 2GB: before it takes more the load ends, and the report says what was measured until then',
    must: { match: byteSizeShape, be: 'a number with its unit, MB, GB or TB, such as 2GB' },
  },
  cooldown: {
    kind: 'number',
    value: 'SECONDS',
    default: 5,
    min: 0,
    max: dayInSeconds,
    whole: false,
    meaning: 'pause between scenarios',
  },
  interval: {
    kind: 'number',
    value: 'SECONDS',
    default: 0.25,
    min: 0.1,
    max: 3600,
    whole: false,
    meaning: 'time between two samples of the server',
  },
  strict: { kind: 'flag', meaning: 'treat warnings as failures' },
  quiet: { kind: 'flag', meaning: 'say nothing but the verdict and what goes wrong' },
  json: {
    kind: 'flag',
    meaning: 'write events to standard output, one JSON object a line (docs/events.md), and nothing else there',
  },
  ...serverOptions,
  'monitor-url': {
    kind: 'list',
    value: 'URL',
    meaning:
      "merge what `webhook-stress monitor --listen` sees on a server's machine: its clock is measured before, during and after the run, and its file fetched (needs MONITOR_TOKEN)",
  },
  exec: {
    kind: 'text',
    value: 'COMMAND',
    meaning:
      'start the server at BASE_URL by this command of a shell, wait until it answers, and end it after the run. It gets this environment, of the secrets listed below only those that the command names',
  },
  'start-within': {
    kind: 'number',
    value: 'SECONDS',
    default: 60,
    min: 1,
    max: 3600,
    whole: false,
    meaning: 'how long the server of --exec may take until it answers',
  },
  generators: {
    kind: 'number',
    value: 'N',
    default: 1,
    min: 1,
    max: 16,
    meaning:
      'k6 processes that share the load and act as one generator: for more load than one process can send, or to try what several machines will do (docs/generators.md)',
  },
  workers: { ...workerCount, meaning: 'worker processes of the embedded backend' },
  fault: {
    kind: 'list',
    value: 'NAME[=VALUE]',
    meaning: 'break the embedded backend on purpose; `webhook-stress backend --help` lists the faults',
  },
  'restart-after': {
    kind: 'number',
    value: 'SECONDS',
    min: 0,
    max: dayInSeconds,
    whole: false,
    meaning:
      'restart the embedded backend SECONDS into `sustained` (needs BACKEND_POSTGRES_URL); report lost signals and drain time',
  },
  ...kubernetesRunOptions,
} as const;

const listOf = ({ title, variables }: VariableGroup) => ({
  title: `${title} (environment)`,
  items: variables.map(
    ({ name, meaning, default: byDefault, secret }) =>
      [
        name,
        `${meaning}${byDefault === null ? '' : ` (default ${byDefault})`}${secret ? ` (or ${name}_FILE)` : ''}`,
      ] as const,
  ),
});

export const runTable = {
  name: 'run',
  summary: 'Run scenarios, watch the server, and write one report with a verdict.',
  operands: '[SCENARIO…]',
  maxOperands: Number.MAX_SAFE_INTEGER,
  description: [
    `Scenarios: ${defaultScenarios.join(', ')}, which all run by default; and soak, which takes an hour or more and is asked for.`,
    'A word that contains a slash or ends in .ts, .mts, .js or .mjs is a file with a scenario of your own; `webhook-stress new NAME` writes one.',
    'If neither BASE_URL nor the profile names a server, the embedded backend is started.',
    'Unless --pid, --port, --process, --unit or --container is given, the profile says how to find the server. By default it is what listens where BASE_URL leads, on this machine; of a server elsewhere no process is watched.',
  ],
  options,
  lists: [
    listOf(variableGroups.target),
    listOf(variableGroups.access),
    listOf(variableGroups.backend),
    listOf(variableGroups.profile),
    listOf(variableGroups.sizes),
    listOf(variableGroups.pipeline),
  ],
  examples: [
    ['webhook-stress run', 'all scenarios against the embedded backend'],
    ['BASE_URL=http://127.0.0.1:8000 webhook-stress run hft burst', 'two scenarios against your server'],
    ["webhook-stress run hft --exec 'gunicorn -w 2 app:app'", 'start the server, too, and learn how it ended'],
    ['webhook-stress run stress/market-open.ts burst', 'a scenario of your own, and one of these'],
    ['webhook-stress run soak --duration 8h', 'a night of load: leaks, drift, descriptors'],
    ['webhook-stress run --json --quiet | jq -r .event', 'for programs: events instead of text'],
    ['SIZE=thorough webhook-stress run rate-limit --strict', 'longer; a warning fails the run'],
  ],
  exitCodes: [...runCodes],
} as const satisfies CommandTable<typeof options>;
