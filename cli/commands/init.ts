import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { redactor } from '../../contract/journal/redaction.ts';
import { usesSecret, usesToken } from '../../contract/profile/consistency.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { usesReadbackToken } from '../../contract/profile/readback-token.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { atomicWrite } from '../atomic-write.ts';
import { type Environment, ownEnvironment, readEnvironment } from '../environment.ts';
import { configText } from '../init/config-text.ts';
import { curlRequest } from '../init/curl-command.ts';
import { type Draft, workedOut } from '../init/draft.ts';
import { draftFromCurl } from '../init/from-curl.ts';
import { draftFromOpenApi } from '../init/from-openapi.ts';
import { draftFromQuestions } from '../init/from-questions.ts';
import { apiDocument, chooseOperation } from '../init/openapi-operations.ts';
import { readDocument } from '../init/read-document.ts';
import { AskingInterrupted, standardInput, Terminal } from '../init/terminal.ts';
import { commandHelp } from '../options/help.ts';
import { initTable } from '../options/init.ts';
import type { Values } from '../options/option.ts';
import { parseArguments } from '../options/parse.ts';
import { allowedHosts } from '../run/settings.ts';
import { asTyped } from '../typed-command.ts';

type InitValues = Values<typeof initTable.options>;

/**
 * The command `init`.
 * @returns 0 if the file was written, 130 after Ctrl-C at a question. Throws an ExpectedError that says what is missing or wrong.
 */
export async function init(args: readonly string[]): Promise<number> {
  const { values, help, problems } = parseArguments(initTable, args);
  if (help) {
    process.stdout.write(commandHelp(initTable));
    return exitCodes.passed;
  }
  const environment = readEnvironment();
  const { hosts, problems: ofHosts } = allowedHosts(values['allow-host'], environment);
  const path = resolve(values.file);
  const wrong = [...problems, ...environment.problems, ...ofHosts, ...sourceProblems(values)];
  if (existsSync(path) && !values.force) wrong.push(`${values.file} exists already: --force overwrites it`);
  if (wrong.length > 0) throw new ExpectedError(`init: ${wrong.join('; ')}`);
  const draft = await draftFrom(values, hosts, environment).catch((error: unknown) => {
    if (error instanceof AskingInterrupted) return null;
    throw error;
  });
  if (draft === null) {
    process.stderr.write('Interrupted: nothing was written.\n');
    return exitCodes.interrupted;
  }
  const { problems: ofProfile } = readProfile(workedOut(draft.target));
  atomicWrite(path, configText(draft));
  const { stdout } = process;
  stdout.write(`${values.file} was written from ${draft.source}.\nIts comments say what was guessed: check them.\n`);
  if (ofProfile.length > 0) {
    stdout.write(`It is not complete yet:\n${ofProfile.map((problem) => `  ${problem}\n`).join('')}`);
    return exitCodes.usage;
  }
  const set = variablesToSet(draft, environment);
  for (const line of set.lines) stdout.write(`${line}\n`);
  if (draft.target.readback?.kind === 'none') {
    stdout.write(
      `Nothing says yet how to read back what was processed: fill in readback in ${values.file} (a comment there says with what). Without it, exactly once is not judged in full.\n`,
    );
  }
  if (values.offline) return exitCodes.passed;
  if (set.isMissing) stdout.write(`Then check everything: ${asTyped('doctor')}\n`);
  else await checkWithDoctor(values, draft, environment);
  return exitCodes.passed;
}

function sourceProblems({ openapi, curl, path }: InitValues): readonly string[] {
  const isAsked = openapi === null && curl === null;
  return [
    ...(openapi !== null && curl !== null ? ['--openapi and --curl are two sources: give one'] : []),
    ...(curl !== null && isFile(curl)
      ? [
          `--curl takes the command itself, and ${curl} is the name of a file: to read it from there, give --curl - < ${curl}`,
        ]
      : []),
    ...(path !== null && openapi === null ? ['--path names an operation of --openapi'] : []),
    ...(isAsked && process.stdin.isTTY !== true
      ? ['there is nobody to ask: give --openapi URL|FILE or --curl COMMAND, or run it in a terminal']
      : []),
  ];
}

const isFile = (text: string): boolean => existsSync(text) && statSync(text).isFile();

async function draftFrom(
  { openapi, path, curl }: InitValues,
  hosts: readonly string[],
  environment: Environment,
): Promise<Draft> {
  if (curl !== null) return draftFromCurl(curlRequest(curl === '-' ? await standardInput() : curl));
  const terminal = process.stdin.isTTY === true ? new Terminal() : null;
  try {
    if (openapi === null) return await draftFromQuestions((...asked) => Terminal.orFail(terminal).ask(...asked));
    const api = apiDocument(await readDocument(openapi, hosts, environment), openapi);
    const choose =
      terminal === null ? null : (question: string, choices: readonly string[]) => terminal.choose(question, choices);
    const operation = await chooseOperation(api, path, choose);
    const isUrl = /^https?:\/\//i.test(openapi);
    return draftFromOpenApi(api, operation, { place: openapi.replace(/\?.*/s, ''), url: isUrl ? openapi : null });
  } finally {
    terminal?.close();
  }
}

interface ToSet {
  readonly lines: readonly string[];
  readonly isMissing: boolean;
}

/** Which variables the profile needs. What a command held is used now, and shown nowhere. */
function variablesToSet({ target, secrets }: Draft, { all }: Environment): ToSet {
  const { profile } = readProfile(workedOut(target));
  if (profile === null) return { lines: [], isMissing: true };
  const ofSignals =
    profile.provisioning.kind === 'create'
      ? [
          ['LOGIN_EMAIL', 'a log-in of the server'],
          ['LOGIN_PASSWORD', 'its password'],
        ]
      : [
          ...(usesToken(profile) ? [['WEBHOOK_TOKEN', 'the name of a webhook']] : []),
          ...(usesSecret(profile) ? [['WEBHOOK_SECRET', 'its secret']] : []),
        ];
  const needed = [
    ...ofSignals,
    ...(usesReadbackToken(profile) ? [['READBACK_TOKEN', 'the token that the read-back asks with']] : []),
  ];
  const lines = needed
    .filter(([name = '']) => !all[name])
    .map(([name = '', what = '']) =>
      secrets.has(name)
        ? `Set ${name} to what the command held (it is in no file), or ${name}_FILE to a file with it.`
        : `Set ${name} to ${what}${name === 'LOGIN_EMAIL' ? '' : `, or ${name}_FILE to a file with it`}.`,
    );
  return { lines, isMissing: needed.some(([name = '']) => !all[name] && !secrets.has(name)) };
}

/** Shows what `doctor` says, if the server answers. */
async function checkWithDoctor(
  { file, 'allow-host': hosts }: InitValues,
  { secrets, target }: Draft,
  environment: Environment,
) {
  const url = environment.baseUrl ?? target.baseUrl ?? null;
  if (url === null) return;
  const { doctor } = await import('./doctor.ts');
  const env = { ...Object.fromEntries(secrets), ...ownEnvironment };
  process.stdout.write('\n');
  try {
    await doctor(['--profile', file, ...hosts.flatMap((host) => ['--allow-host', host])], env);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    process.stdout.write(`${redactor([...secrets.values(), ...environment.secrets])(error.message)}\n`);
  }
}
