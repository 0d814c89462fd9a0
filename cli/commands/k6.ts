import { type Env, ownEnvironment, readEnvironment } from '../environment.ts';
import { runInForeground } from '../processes/foreground.ts';
import { pathOfK6 } from '../run/k6-binary.ts';

/** The command `k6`. */
export async function k6(args: readonly string[], env: Env = ownEnvironment): Promise<number> {
  const { k6Binary, all } = readEnvironment(env);
  const path = await pathOfK6(k6Binary, all, (line) => void process.stderr.write(`${line}\n`));
  return runInForeground({ command: path, args, env });
}
