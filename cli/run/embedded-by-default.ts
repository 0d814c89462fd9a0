import type { Values } from '../options/option.ts';
import type { runTable } from '../options/run.ts';

type Asked = Pick<Values<typeof runTable.options>, 'profile' | 'fault' | 'restart-after'>;

/** Whether nothing was said of what to test: no server, no profile, and nothing that only the embedded backend has. */
export function isEmbeddedByDefault(baseUrl: string | null, asked: Asked, profileVariable: string | null): boolean {
  const isMeant = asked.fault.length > 0 || asked['restart-after'] !== null;
  return baseUrl === null && (asked.profile ?? profileVariable) === null && !isMeant;
}
