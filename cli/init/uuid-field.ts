import { plainName } from './plain-name.ts';

// Where a source of a profile shows that a field or a header holds a UUID.

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The version of the UUID that is shown, empty where none is told; null if none is shown. Pydantic writes uuid4 for one of version 4. */
export function uuidVersion(format: unknown, sample: unknown): string | null {
  const [, declared = null] = typeof format === 'string' ? (/^uuid([1-8]?)$/i.exec(format) ?? []) : [];
  if (declared !== null && declared !== '') return declared;
  const [, shown = null] = typeof sample === 'string' ? (uuidText.exec(sample) ?? []) : [];
  return shown === null ? declared : shown.replace(/[^1-8]/, '');
}

/** The id in the form of a value that is shown. */
export const idFormOf = (shown: unknown): '{id}' | '{uuid}' => (uuidVersion(null, shown) === null ? '{id}' : '{uuid}');

/** Whether a name says that a UUID stands there. */
export const isUuidName = (name: string): boolean => /(?:^|_)(?:uuid|guid)$/.test(plainName(name));

/** What to check where another version is shown than is sent; null for nothing. */
export const otherVersion = (name: string, version: string): string | null =>
  version === '' || version === '4'
    ? null
    : `${name} is a UUID of version ${version}, and {uuid} sends version 4: does the server take both? If not, let it take any version while it is tested.`;
