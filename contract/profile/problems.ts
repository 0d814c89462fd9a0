import type * as z from 'zod/mini';
import { nearestName } from './nearest-name.ts';

type Issue = z.core.$ZodIssue;

/** What stands at a path; undefined if nothing does. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.entries(at).find(([name]) => name === String(key))?.[1];
  }
  return at;
}

const articles: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  int: 'a whole number',
};

/** The alternative that was probably meant: the one with the fewest unknown fields, then with the fewest problems. */
function nearest(alternatives: readonly (readonly Issue[])[]): readonly Issue[] {
  const distance = (issues: readonly Issue[]): number =>
    issues.filter(({ code }) => code === 'unrecognized_keys').length * 1000 + issues.length;
  return [...alternatives].sort((a, b) => distance(a) - distance(b))[0] ?? [];
}

/**
 * What is wrong with a value that a schema refused, each problem as `path: what is wrong`.
 * @param root the whole value, to tell what is missing from what is wrong.
 * @param openAt the fields that an object may have beside those that it has, to name what was probably meant.
 */
export function problemsOf(
  issues: readonly Issue[],
  root: unknown,
  openAt: (path: readonly PropertyKey[]) => readonly string[] = () => [],
  within: readonly PropertyKey[] = [],
): string[] {
  return issues.flatMap((issue): string[] => {
    const path = [...within, ...issue.path];
    const at = path.map(String).join('.') || 'profile';
    const missing = valueAt(root, path) === undefined;
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => {
          const meant = nearestName(key, openAt(path));
          const hint = meant === null ? '' : `; did you mean ${meant}?`;
          return `${[...path, key].map(String).join('.')}: there is no such field${hint}`;
        });
      case 'invalid_value':
        return [`${at}: ${missing ? 'is missing; it ' : ''}must be one of ${issue.values.map(String).join(', ')}`];
      case 'invalid_type': {
        const expected = articles[issue.expected] ?? `a ${issue.expected}`;
        return [`${at}: ${missing ? 'is missing; it ' : ''}must be ${expected}`];
      }
      case 'invalid_union': {
        if ('options' in issue && Array.isArray(issue.options)) {
          const options = (issue.options as unknown[]).map(String).join(', ');
          return [`${at}: ${missing ? 'is missing; it ' : ''}must be one of ${options}`];
        }
        const wrongType = issue.errors.map((errors) => errors[0]);
        if (wrongType.every((error) => error?.code === 'invalid_type' && error.path.length === 0)) {
          const types = wrongType.flatMap((error) =>
            error?.code === 'invalid_type' ? [articles[error.expected] ?? `a ${error.expected}`] : [],
          );
          return [`${at}: must be ${types.join(' or ')}`];
        }
        return problemsOf(nearest(issue.errors), root, openAt, path);
      }
      default:
        return [`${at}: ${issue.message}`];
    }
  });
}
