import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { redactor } from '../../contract/journal/redaction.ts';
import { isSystemError, refusalOf } from '../../contract/journal/unwritable-file.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { newClock } from '../../monitor/clock.ts';
import { type Env, ownEnvironment, readEnvironment } from '../environment.ts';
import { Agent } from '../generator/agent.ts';
import { type AgentService, serveAgent } from '../generator/agent-service.ts';
import { makeFolder } from '../make-folder.ts';
import { listenAddress } from '../monitor-listen.ts';
import { generatorTable } from '../options/generator.ts';
import { commandHelp } from '../options/help.ts';
import { parseArguments } from '../options/parse.ts';
import { findK6 } from '../run/k6-binary.ts';

/** How long k6 may take to end gracefully. */
const endWithinMs = 8_000;
/** After SIGTERM the runner has so long to fetch what was written: pods have 30 s until SIGKILL. */
const fetchWithinMs = 15_000;

/** The command `generator`. Throws an ExpectedError with every problem of the options. */
export async function generator(args: readonly string[], env: Env = ownEnvironment): Promise<number> {
  const { values, help, problems } = parseArguments(generatorTable, args);
  if (help) {
    process.stdout.write(commandHelp(generatorTable));
    return exitCodes.passed;
  }
  const environment = readEnvironment(env);
  const token = environment.generatorToken;
  const listen = listenAddress(values.listen);
  const all = [
    ...problems,
    ...environment.problems,
    ...(token === null ? ['set GENERATOR_TOKEN: the secret that the runner must send'] : []),
    ...(listen === null ? [`--listen is "${values.listen}"; it must be a port, or an IP address and a port`] : []),
  ];
  if (all.length > 0 || token === null || listen === null) throw new ExpectedError(`generator: ${all.join('; ')}`);
  const say = (line: string): void => void process.stderr.write(`webhook-stress generator: ${line}\n`);
  const folder = resolve(values.dir);
  const k6 = await findK6(environment.k6Binary, environment.all, say);
  makeFolder(folder);
  const agent = new Agent({
    ...{ id: values.id, folder, k6, environment },
    clock: newClock(),
    redact: redactor(environment.secrets),
  });
  const service = await listening(() => serveAgent(agent, token, listen), values.listen);
  say(`${values.id} listens on port ${service.port}`);
  const exitCode = await untilEnd(agent, service, values['runner-within'] * 1000, say);
  service.close();
  return exitCode;
}

async function listening(serve: () => Promise<AgentService>, where: string): Promise<AgentService> {
  try {
    return await serve();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new ExpectedError(`generator: --listen: cannot listen on ${where} (${refusalOf(error)}); choose another`);
  }
}

/** Until the runner tells it to leave or is lost, or the pod ends. k6 has ended by then. */
async function untilEnd(
  agent: Agent,
  service: AgentService,
  runnerWithinMs: number,
  say: (line: string) => void,
): Promise<number> {
  const ended = await Promise.race([
    service.left.then(() => 'left' as const),
    lost(service, runnerWithinMs),
    new Promise<'signal'>((resolve) => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve('signal'));
    }),
  ]);
  if (ended === 'lost') say(`the runner has asked nothing for ${runnerWithinMs / 1000} s: ending`);
  await agent.close(endWithinMs);
  if (ended === 'signal') {
    say('told to end; the runner may fetch what was written');
    await Promise.race([service.left, sleep(fetchWithinMs, undefined, { ref: false })]);
  }
  return ended === 'left' ? exitCodes.passed : ended === 'lost' ? exitCodes.inconclusive : exitCodes.interrupted;
}

async function lost(service: AgentService, withinMs: number): Promise<'lost'> {
  while (performance.now() - service.heardAtMs() < withinMs) await sleep(1000, undefined, { ref: false });
  return 'lost';
}
