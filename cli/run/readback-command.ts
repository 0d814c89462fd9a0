import { boundedLines } from '../processes/bounded-lines.ts';
import { readbackEnvironment } from '../processes/child-environment.ts';
import { outputOf } from '../processes/output-of.ts';
import { effectsIn, type ReadbackOf, type ReadEffects, type Reading } from './effect-lines.ts';

const timeoutMs = 30_000;
const maxBytes = 256 * 1024 * 1024;

/** Reads by running the profile's command. */
export function readByCommand(
  { settings, env, runId, line, redact, interrupt }: Reading,
  command: readonly string[],
  { scenario, runTag }: ReadbackOf,
): ReadEffects {
  const [program = '', ...args] = command;
  return async () => {
    const stderr = boundedLines((text) => line.say(redact(text)));
    const output = await outputOf(
      {
        command: program,
        args,
        env: {
          ...readbackEnvironment(env, command),
          STRESS_SCENARIO: scenario,
          STRESS_RUN_TAG: runTag,
          STRESS_RUN_ID: runId,
        },
        stderr: stderr.take,
      },
      { timeoutMs, maxBytes, interrupted: interrupt.signal },
    );
    return 'failed' in output ? output : effectsIn(output.text, settings.profile, runTag);
  };
}
