import * as z from 'zod/mini';
import { nearestName } from './nearest-name.ts';
import { valueAt } from './problems.ts';
import { UnknownField } from './unknown-field.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Values of every type that a schema may ask for. */
const standIns: readonly unknown[] = [1, 'x', '/x', true, [], {}, ['x'], [200]];
const maxRepairs = 100;

/**
 * A section with stand-ins for whatever is wrong in it, so that the rest of it can be checked. A check that reads a stand-in throws
 * UnknownField. Null if that cannot be.
 * @param openAt the fields that an object of the section may have beside those that it has.
 */
export function repaired<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  openAt: (path: Path) => readonly string[],
): T | null {
  const repair = new Repair(value, openAt);
  for (let n = 0; n < maxRepairs; n += 1) {
    const parsed = z.safeParse(schema, repair.value);
    if (parsed.success) {
      repair.hide(parsed.data);
      return parsed.data;
    }
    const [first] = parsed.error.issues;
    if (first === undefined || !repair.mend(first)) return null;
  }
  return null;
}

class Repair {
  readonly value: unknown;
  readonly #openAt: (path: Path) => readonly string[];
  readonly #tries = new Map<string, { readonly path: Path; count: number }>();
  /** Objects with a field of which nobody knows what it was meant for. */
  readonly #doubtful: Path[] = [];

  constructor(value: unknown, openAt: (path: Path) => readonly string[]) {
    this.value = copied(value);
    this.#openAt = openAt;
  }

  /** @returns whether there was something left to try. */
  mend(issue: Issue): boolean {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      const holder = valueAt(this.value, path);
      if (!isHolder(holder)) return false;
      for (const key of issue.keys) this.#rename(holder, key, path);
      return true;
    }
    const holder = valueAt(this.value, path.slice(0, -1));
    const key = path.at(-1);
    if (key === undefined || !isHolder(holder)) return false;
    const at = path.map(String).join('.');
    const tried = this.#tries.get(at) ?? { path, count: 0 };
    this.#tries.set(at, tried);
    const choices = [...choicesOf(issue, holder[String(key)]), ...standIns];
    if (tried.count === 0 && !Array.isArray(holder)) Reflect.deleteProperty(holder, key);
    else if (tried.count > choices.length) return false;
    else Reflect.set(holder, key, copied(choices[Math.max(0, tried.count - 1)]));
    tried.count += 1;
    return true;
  }

  #rename(holder: Holder, key: string, path: Path): void {
    const meant = nearestName(key, this.#openAt(path));
    if (meant === null || meant in holder) this.#doubtful.push(path);
    else Reflect.set(holder, meant, holder[key]);
    Reflect.deleteProperty(holder, key);
  }

  /** Lets nobody read what was repaired, or what an unknown field may have meant. */
  hide(data: unknown): void {
    for (const { path } of this.#tries.values()) hideAt(data, path);
    for (const path of this.#doubtful) {
      const written = valueAt(this.value, path);
      const holder = valueAt(data, path);
      if (!isHolder(holder)) continue;
      for (const name of Object.keys(holder)) {
        if (!isHolder(written) || !(name in written)) hideAt(data, [...path, name]);
      }
    }
  }
}

type Holder = Readonly<Record<string, unknown>>;
const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null;

function hideAt(data: unknown, path: Path): void {
  const holder = valueAt(data, path.slice(0, -1));
  const key = path.at(-1);
  if (key === undefined || !isHolder(holder)) return;
  Object.defineProperty(holder, key, {
    enumerable: true,
    configurable: true,
    get: () => {
      throw new UnknownField(path.map(String).join('.'));
    },
  });
}

/** What an issue itself says would be right, the nearest to what was written first. */
function choicesOf(issue: Issue, written: unknown): readonly unknown[] {
  const choices: readonly unknown[] =
    issue.code === 'invalid_value'
      ? issue.values
      : issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)
        ? (issue.options as unknown[])
        : [];
  const texts = choices.filter((choice) => typeof choice === 'string');
  const nearest = typeof written === 'string' ? nearestName(written, texts) : null;
  return nearest === null ? choices : [nearest, ...choices];
}

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => copied(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copied(inner)]));
}
