import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Node has this function only with a flag, which can be given late. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}
