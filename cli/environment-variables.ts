import { type Size, sizeNames, sizeTable } from '../contract/plan/sizes.ts';
import { databaseWords } from '../contract/profile/databases.ts';
import { defaultLogin } from '../contract/profile/default-login.ts';
import { foreverWord } from '../contract/profile/key-life.ts';
import { limiterKinds } from '../contract/profile/limiter-kinds.ts';
import { alone, system } from './system-variables.ts';
import { plain, secret, type Variable, type VariableGroup } from './variable.ts';

const target: VariableGroup = {
  title: 'Target',
  variables: [
    plain([
      'BASE_URL',
      ['run', 'generator'],
      'URL of the server under test; comes before baseUrl of the profile',
      'the embedded backend (bundle run alone: http://127.0.0.1:8000)',
    ]),
    plain(['ALLOW_HOST', ['run', 'generator'], 'hosts outside loopback that may be loaded, separated by commas']),
    plain([
      'STRESS_PROFILE',
      ['run', 'generator'],
      'built-in profile or file of one (bundle run alone: a name, or a profile as JSON)',
      'stress.config.* in this folder, else generic if BASE_URL is set, else embedded (bundle run alone: generic)',
    ]),
    plain([
      'TLS_CA_FILE',
      ['run', 'generator', 'monitor'],
      "PEM file of the private authority that signed the server's certificate",
      'the public authorities alone',
    ]),
    plain([
      'TLS_CERT_FILE',
      ['run', 'generator', 'monitor'],
      'PEM file of the client certificate that the server demands, with what signed it',
    ]),
    plain([
      'SSL_CERT_FILE',
      ['generator', 'monitor'],
      "PEM file of the public authorities, in place of the system's; a run with TLS_CA_FILE sets it to that file for k6",
    ]),
    plain(['TLS_KEY_FILE', ['run', 'generator', 'monitor'], 'PEM file of its private key, without a passphrase']),
    plain([
      'K6_BIN',
      ['run', 'monitor'],
      'the k6 program',
      'the one that npm installed, else built with Go, else k6 on the PATH',
    ]),
  ],
};

const access: VariableGroup = {
  title: 'Webhooks and access',
  variables: [
    secret(['WEBHOOK_TOKEN', ['run', 'generator', 'monitor'], 'tokens of existing webhooks, separated by commas']),
    secret(['WEBHOOK_SECRET', ['run', 'generator', 'monitor'], 'secrets of these webhooks, in the same order']),
    plain(['LOGIN_EMAIL', ['run', 'generator', 'backend'], 'login that creates webhooks', defaultLogin.email]),
    secret(['LOGIN_PASSWORD', ['run', 'generator', 'backend'], 'password of this login', defaultLogin.password]),
    plain([
      'SECOND_LOGIN_EMAIL',
      ['run', 'generator', 'backend'],
      'login of a second tenant, to see that two tenants share no keys',
    ]),
    secret(['SECOND_LOGIN_PASSWORD', ['run', 'generator', 'backend'], 'password of this login']),
    secret([
      'SECOND_WEBHOOK_TOKEN',
      ['run', 'generator', 'monitor'],
      "the same for given webhooks: the token of a second tenant's webhook",
    ]),
    secret(['SECOND_WEBHOOK_SECRET', ['run', 'generator', 'monitor'], 'secret of this webhook']),
    secret(['MONITORING_TOKEN', ['run', 'monitor'], 'bearer token for health checks and statistics']),
    secret([
      'MONITOR_TOKEN',
      ['run', 'monitor'],
      'secret that `run --monitor-url` sends to `monitor --listen`; set the same on both sides',
    ]),
    secret([
      'GENERATOR_TOKEN',
      ['run'],
      'what a generator elsewhere demands of the runner; run --on kubernetes makes one for its pods',
    ]),
    secret([
      'MONITOR_REDIS_URL',
      ['run', 'monitor'],
      "the server's Redis, which the monitor asks itself: PING, INFO and SLOWLOG, nothing else",
    ]),
    secret([
      'MONITOR_POSTGRES_URL',
      ['run', 'monitor'],
      "the server's PostgreSQL, with the database of the server, which the monitor asks itself, read-only; a user with pg_monitor sees all",
    ]),
    secret([
      'READBACK_TOKEN',
      ['run', 'generator', 'monitor'],
      'token of its own that a read-back by URL asks with, where the profile writes {readbackToken}',
    ]),
    secret([
      'SECOND_READBACK_TOKEN',
      ['run', 'generator', 'monitor'],
      "the same for the second tenant's webhook, if each tenant sees its own signals alone",
      'READBACK_TOKEN',
    ]),
    secret(['READBACK_POSTGRES_URL', ['run'], 'PostgreSQL that a read-back by query asks']),
    secret(['READBACK_REDIS_URL', ['run'], 'Redis that a read-back by query asks']),
  ],
};

const backend: VariableGroup = {
  title: 'Embedded backend',
  variables: [
    secret(['BACKEND_REDIS_URL', ['run', 'backend'], 'keep idempotency and limiter in this Redis', 'in memory']),
    secret(['BACKEND_POSTGRES_URL', ['run', 'backend'], 'keep webhooks and signals in this PostgreSQL', 'in memory']),
  ],
};

const profileReaders = ['run', 'generator'] as const;
const presence = 'present, none or unknown';

const profile: VariableGroup = {
  title: 'Override the profile',
  variables: [
    plain(['HTTP_VERSION', profileReaders, 'version that signals are sent by: 1.1 or 2']),
    plain(['LIMITER_KIND', profileReaders, `kind of rate limiter: ${['none', ...limiterKinds].join(', ')}`]),
    plain(['LIMIT', profileReaders, 'requests that the limiter admits per window']),
    plain(['LIMIT_WINDOW_MS', profileReaders, 'length of the window in milliseconds']),
    plain(['LIMIT_BURST', profileReaders, 'size of a bucket']),
    plain([
      'LIMIT_PENALTY_MS',
      profileReaders,
      'how long everything is refused after a request beyond the limit, in milliseconds',
    ]),
    plain([
      'IDEMPOTENCY_TTL_MS',
      profileReaders,
      `how long a repeat is recognized, in milliseconds; 0: never; ${foreverWord}: keys are kept for ever`,
    ]),
    plain(['IDEMPOTENCY_ORDER', profileReaders, 'before-limiter or after-limiter']),
    plain(['IDEMPOTENCY_SCOPE', profileReaders, 'webhook, client or all: who shares the keys of signals']),
    plain(['READBACK', profileReaders, 'signals: read back what was processed; none: do not']),
    plain([
      'READBACK_SETTLE_MS',
      profileReaders,
      'how long nothing new may be read back before what is missing is lost, in milliseconds',
    ]),
    plain(['REDIS', profileReaders, `Redis behind the server: ${presence}`]),
    plain(['DATABASE', profileReaders, `database behind the server: ${databaseWords.join(', ')}`]),
  ],
};

function ofSize(name: (typeof sizeNames)[number]): Variable {
  const { meaning, default: normal, thorough, min, max }: Size = sizeTable[name];
  const byDefault = `${normal}${thorough === undefined ? '' : `, thorough ${thorough}`}, ${min} to ${max}`;
  return plain([name, profileReaders, meaning, byDefault]);
}

const sizes: VariableGroup = {
  title: 'Sizes',
  variables: [
    plain(['SIZE', profileReaders, 'default, or thorough: longer, finds rarer faults', 'default']),
    ...sizeNames.map(ofSize),
  ],
};

const pipeline: VariableGroup = {
  title: 'Pipelines',
  variables: [
    plain([
      'STRESS_ARGS',
      ['run'],
      'further arguments, which blanks separate; quotes keep blanks together as in a shell, and nothing in them is carried out',
    ]),
    plain([
      'GITHUB_ACTIONS',
      ['run'],
      'true: annotate the criteria that failed, warned or are inconclusive, and write outputs and summary of the step',
    ]),
    plain(['GITHUB_OUTPUT', ['run'], 'file for verdict, exit-code, folder and report']),
    plain(['GITHUB_STEP_SUMMARY', ['run'], 'file that report.md is appended to']),
  ],
};

const internal: VariableGroup = {
  title: 'Set by run for the processes that it starts',
  variables: [
    plain(['STRESS_RUN_ID', ['generator'], 'name of the run, in every journal file', 'made from the time']),
    plain(['STRESS_RUN_TAG', ['generator'], 'how the id of each signal begins', 'random']),
    plain(['STRESS_SCENARIO', ['generator'], 'scenario, in the names of journal files', 'name of the script']),
    plain([
      'STRESS_GENERATOR',
      ['generator'],
      'name of one of several generators and of its folder in the one that they share',
      'k6-N by --tag instance_id=N',
    ]),
    plain(['STRESS_PLAN', ['generator'], 'file with the plan of an own scenario as JSON', 'asked of the scenario']),
    plain([
      'STRESS_PIECE_PHASES',
      ['generator'],
      'phases of soak that share a piece of its ledger; finished pieces are packed',
      'a ledger in one file',
    ]),
    plain(['STRESS_SUMMARY', ['generator'], 'file for the summary of k6 as JSON', 'printed as text']),
    plain(['STRESS_CLOCK', ['generator'], 'wall and monotonic clock of the run, in microseconds: WALL:MONOTONIC']),
    plain([
      'STRESS_HOST_ALLOWED',
      ['generator'],
      'on: load may leave loopback, whatever ALLOW_HOST says; off: it may not',
    ]),
    plain([
      'STRESS_ADDRESS',
      ['generator'],
      'IP address for every connection to the host of BASE_URL',
      'what DNS says',
    ]),
  ],
};

/** Every environment variable, in the order in which help and docs/environment.md list them. */
export const variableGroups = { target, access, backend, profile, sizes, pipeline, system, internal, alone } as const;

export const variables: readonly Variable[] = Object.values(variableGroups).flatMap((group) => group.variables);

/** Names of groups' variables, in their order. */
export const namesIn = (...groups: readonly VariableGroup[]): readonly string[] =>
  groups.flatMap((group) => group.variables.map(({ name }) => name));

/** Our own secrets. A child gets one of them only by name. */
export const secretNames: readonly string[] = variables.filter(({ secret }) => secret).map(({ name }) => name);

/** docs/environment.md. */
export function environmentPage(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const sections = Object.values(variableGroups).map(({ title, variables: rows }) => {
    const lines = rows.map(
      ({ name, meaning, default: byDefault, readBy, secret: isSecret }) =>
        `| \`${name}\` | ${cell(meaning)} | ${cell(byDefault ?? '')} | ${readBy.join(', ')} | ${isSecret ? `yes, or \`${name}_FILE\`` : ''} |`,
    );
    return `## ${title}\n\n| variable | meaning | default | read by | secret |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`;
  });
  return `# Environment variables

An empty variable counts as unset. An option comes before the variable that does the same. A secret has no option, because
everyone on the machine can read the arguments of a process. Instead of a secret you can name a file that holds it with
\`NAME_FILE\`. The files of \`WEBHOOK_TOKEN\` and \`WEBHOOK_SECRET\` hold one value a line.

Read by: \`run\` is any command of \`webhook-stress\`, \`generator\` the scenarios in k6 (also a bundle run alone), \`monitor\` the
process that watches the server, \`backend\` the embedded backend.

\`run\` gives none of its own processes what is meant for a bundle that k6 runs alone, and names what is set of it.

This page is generated from \`cli/environment-variables.ts\` by \`node --import tsx test/write-golden.ts\`.

${sections.join('\n')}`;
}
