import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { isSystemError, refusalOf } from '../../contract/journal/unwritable-file.ts';

/** A part of a PodSpec that users give: tolerations, nodeSelector, imagePullSecrets, hostNetwork, … */
export type PodFragment = Readonly<Record<string, unknown>>;

const fragment = z.record(z.string(), z.unknown());

/** Reads the file of --pod. */
export async function readPodFragment(path: string | null): Promise<{
  readonly fragment: PodFragment;
  readonly problem: string | null;
}> {
  if (path === null) return { fragment: {}, problem: null };
  const { parse, YAMLParseError } = await import('./yaml.ts');
  const wrong = (why: string) => ({ fragment: {}, problem: `--pod: ${path} ${why}` });
  try {
    const parsed = fragment.safeParse(parse(readFileSync(path, 'utf8')) ?? {});
    if (!parsed.success) return wrong('must hold fields of a PodSpec, such as nodeSelector');
    const { apiVersion, kind } = parsed.data;
    return apiVersion !== undefined || kind !== undefined
      ? wrong('holds a whole object: leave its spec alone, such as nodeSelector and tolerations')
      : { fragment: parsed.data, problem: null };
  } catch (error) {
    if (error instanceof YAMLParseError) return wrong(`is not YAML: ${error.message.split('\n')[0]}`);
    if (!isSystemError(error)) throw error;
    return wrong(`cannot be read (${refusalOf(error)})`);
  }
}

/**
 * A PodSpec with what users add: maps are merged, and lists whose entries have names (containers, volumes, env) by these names; all
 * else is replaced.
 */
export function mergedPod(
  base: Readonly<Record<string, unknown>>,
  added: PodFragment,
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(added))
    merged[name] = name in base ? mergedValue(base[name], value) : value;
  return merged;
}

function mergedValue(base: unknown, added: unknown): unknown {
  const [baseMap, addedMap] = [fragment.safeParse(base), fragment.safeParse(added)];
  if (baseMap.success && addedMap.success) return mergedPod(baseMap.data, addedMap.data);
  const [baseList, addedList] = [namedList.safeParse(base), namedList.safeParse(added)];
  if (!baseList.success || !addedList.success) return added;
  const byName = new Map(baseList.data.map((entry) => [entry.name, entry]));
  for (const entry of addedList.data) {
    const known = byName.get(entry.name);
    byName.set(entry.name, known === undefined ? entry : { ...mergedPod(known, entry), name: entry.name });
  }
  return [...byName.values()];
}

const namedList = z.array(z.looseObject({ name: z.string() }));
