import * as z from 'zod/mini';
import { problemsOf, valueAt } from './problems.ts';
import { targetProfile } from './profile.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.map((item: unknown, n) => (n === key ? changed(item, rest, to) : item));
  if (typeof value !== 'object' || value === null) return value;
  return { ...value, [key]: changed(valueAt(value, [key]), rest, to) };
}

const isWithin = (path: Path, holder: Path): boolean => holder.every((key, n) => path[n] === key);

/** What is wrong beside a kind that there is none of: what every kind with such a field would call wrong. */
export function behindWrongKind(issue: Issue, root: unknown): string[] {
  if (issue.code !== 'invalid_union' || !('options' in issue) || !Array.isArray(issue.options)) return [];
  const holder = issue.path.slice(0, -1);
  const written = valueAt(root, holder);
  if (typeof written !== 'object' || written === null) return [];
  const tried = (issue.options as unknown[]).map((kind) => {
    const parsed = z.safeParse(targetProfile(), changed(root, issue.path, kind));
    return parsed.success ? [] : parsed.error.issues.filter(({ path }) => isWithin(path, holder));
  });
  return Object.keys(written).flatMap((name) => {
    const knowing = tried.filter((issues) => !issues.some((one) => isUnknownField(one, holder, name)));
    const found = knowing.map((issues) => issues.filter(({ path }) => path[holder.length] === name));
    const ofAll = (found[0] ?? []).filter((one) => found.every((issues) => issues.some((other) => isSame(one, other))));
    return problemsOf(ofAll, root);
  });
}

const isSame = (one: Issue, other: Issue): boolean => JSON.stringify(one) === JSON.stringify(other);

const isUnknownField = ({ code, path, ...issue }: Issue, holder: Path, name: string): boolean =>
  code === 'unrecognized_keys' &&
  path.length === holder.length &&
  'keys' in issue &&
  Array.isArray(issue.keys) &&
  issue.keys.includes(name);
