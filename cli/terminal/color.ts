/** Where text goes. */
interface Output {
  readonly isTTY?: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

const off: readonly string[] = ['0', 'false'];

/**
 * Whether to write colors there. FORCE_COLOR decides alone if it is set, as Node itself has it; NO_COLOR and a dumb terminal turn them
 * off. Sources: force-color.org, no-color.org.
 */
export function wantsColor({ isTTY = false }: Output, env: Env): boolean {
  const { FORCE_COLOR: forced = '', NO_COLOR: none = '', TERM: term = '' } = env;
  if (forced !== '') return !off.includes(forced);
  return isTTY && none === '' && term !== 'dumb';
}
