import type { StoreFailureLine } from './journal.ts';

const words: Readonly<Record<StoreFailureLine['failure'], string>> = {
  refused: 'refused the connection: nobody listens',
  timeout: 'did not answer',
  broken: 'ended the connection',
  full: 'refuses further connections',
  loading: 'takes no commands: it is starting, loading or recovering',
  busy: 'takes no commands: a script holds it',
  unsaved: 'takes no commands: it cannot save its data (MISCONF)',
  crashed: 'ended all connections: one of its processes crashed',
  denied: 'did not let the monitor in',
  unresolved: 'has a host name that does not resolve',
  tls: 'could not be spoken to by TLS',
  other: 'could not be asked',
};

/** `refused the connection: nobody listens (ECONNREFUSED)`, to follow the store's name. */
export function failureWords({ failure, code, tookMs }: Pick<StoreFailureLine, 'failure' | 'code' | 'tookMs'>): string {
  const within = failure === 'timeout' ? ` within ${(tookMs / 1000).toFixed(1)} s` : '';
  const why = [...(failure === 'full' ? ['limit reached'] : []), ...(code === null ? [] : [code])].join(', ');
  return `${words[failure]}${within}${why === '' ? '' : ` (${why})`}`;
}
