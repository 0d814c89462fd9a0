import { type FaultNeed, faultNames, faultNeed } from '../../backend/fault-table.ts';
import { parseFaults } from '../../backend/faults.ts';
import { parseFurther } from '../../backend/further-limits.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import { runSupervisor } from '../../backend/supervisor.ts';
import { refusalOf } from '../../contract/journal/unwritable-file.ts';
import { defaultLogin } from '../../contract/profile/default-login.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { type Environment, readEnvironment } from '../environment.ts';
import { isLoopback } from '../loopback.ts';
import { backendTable } from '../options/backend.ts';
import { commandHelp } from '../options/help.ts';
import type { Values } from '../options/option.ts';
import { parseArguments } from '../options/parse.ts';
import { signatureNamed } from '../signature-option.ts';

/**
 * The command `backend`: the embedded backend's supervisor. Its workers begin in cli/main.ts.
 * @param args what follows the command's name.
 * @returns the exit code, when the backend has stopped. Throws an ExpectedError that tells all problems of the arguments.
 */
export async function backend(args: readonly string[]): Promise<number> {
  const { values, help, problems } = parseArguments(backendTable, args);
  if (help) {
    process.stdout.write(commandHelp(backendTable));
    return exitCodes.passed;
  }
  const settings = settingsFrom(values, readEnvironment(), problems);
  const tell = (line: object): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
  process.stderr.once('error', (error) => tell({ logRefused: refusalOf(error) }));
  return runSupervisor(settings, values['stop-with-stdin'], ({ port, workers }) => {
    tell({ ready: true, port, pid: process.pid, workers });
  });
}

/** Everyone knows the default password: it must not guard a backend that other machines reach. */
function passwordProblems(host: string, password: string | undefined): string[] {
  if (host === 'localhost' || isLoopback(host) || (password !== undefined && password !== defaultLogin.password))
    return [];
  return [
    `--host ${host} is not a loopback address, and the default password is public: set LOGIN_PASSWORD to your own`,
  ];
}

/** The URL's text never goes into a message: it may hold a password. */
function urlProblems(text: string | null, names: string, protocols: readonly string[]): string[] {
  if (text === null || (URL.canParse(text) && protocols.includes(new URL(text).protocol))) return [];
  return [`${names} must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`];
}

/** Faults that break nothing as the backend is set up. */
function needProblems({
  faults,
  signature,
  keysOf,
  redisUrl,
  penaltyMs,
}: Pick<BackendSettings, 'faults' | 'signature' | 'keysOf' | 'redisUrl' | 'penaltyMs'>): readonly string[] {
  const isMet: Readonly<Record<FaultNeed, boolean>> = {
    '--signature, such as github': signature !== null,
    '--signature with a tolerance, such as stripe': signature !== null && signature.toleranceSeconds !== null,
    '--keys-of client': keysOf === 'client',
    '--keys-of client or all': keysOf !== 'webhook',
    '--penalty-ms': penaltyMs > 0,
    '--redis': redisUrl !== null,
  };
  return faultNames.flatMap((name) => {
    const need = faultNeed(name);
    const isInVain = faults[name] !== undefined && need !== null && !isMet[need];
    return isInVain ? [`--fault ${name} needs ${need}`] : [];
  });
}

function settingsFrom(
  values: Values<typeof backendTable.options>,
  { backend: env, problems: ofEnvironment }: Environment,
  wrong: readonly string[],
): BackendSettings {
  const { faults, problems: faultProblems } = parseFaults(values.fault);
  const { further, problems: furtherProblems } = parseFurther(values.further);
  const redisUrl = values.redis ?? env.redisUrl ?? null;
  const postgresUrl = values.postgres ?? env.postgresUrl ?? null;
  const { signature, problems: signatureProblems } = signatureNamed(values.signature);
  const keysOf = values['keys-of'];
  const problems = [
    ...wrong,
    ...ofEnvironment,
    ...passwordProblems(values.host, env.password),
    ...urlProblems(redisUrl, '--redis or BACKEND_REDIS_URL', ['redis:', 'rediss:']),
    ...urlProblems(postgresUrl, '--postgres or BACKEND_POSTGRES_URL', ['postgres:', 'postgresql:']),
    ...faultProblems,
    ...signatureProblems,
    ...furtherProblems,
    ...(keysOf !== 'webhook' && postgresUrl !== null
      ? [`--keys-of ${keysOf} needs keys in memory or in Redis: leave out --postgres`]
      : []),
    ...needProblems({ faults, signature, keysOf, redisUrl, penaltyMs: values['penalty-ms'] }),
    ...(env.secondEmail !== undefined && env.secondPassword === undefined
      ? ['SECOND_LOGIN_EMAIL needs SECOND_LOGIN_PASSWORD']
      : []),
  ];
  if (problems.length > 0) throw new ExpectedError(`backend: ${problems.join('; ')}`);
  return {
    host: values.host,
    port: values.port,
    workers: values.workers,
    limiter: values.limiter,
    limit: values.limit,
    windowMs: values['window-ms'],
    burst: values.burst ?? values.limit,
    further,
    penaltyMs: values['penalty-ms'],
    penaltyProlonged: values['penalty-prolonged'],
    ttlMs: values['ttl-ms'],
    limiterFirst: values['idempotency-order'] === 'after-limiter',
    keysOf,
    redisUrl,
    postgresUrl,
    keepData: values['keep-data'],
    email: values.email ?? env.email ?? defaultLogin.email,
    password: env.password ?? defaultLogin.password,
    secondLogin:
      env.secondEmail === undefined || env.secondPassword === undefined
        ? null
        : { email: env.secondEmail, password: env.secondPassword },
    signature,
    faults,
  };
}
