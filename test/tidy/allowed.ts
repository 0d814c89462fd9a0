import { readFileSync, writeFileSync } from 'node:fs';
import { type CheckName, checkNames, measure, type Offenders } from './measure.ts';

const file = new URL('./allowed.json', import.meta.url);

/** What broke a rule when the rule was made, by how much. It only shrinks. */
export type Allowed = Readonly<Partial<Record<CheckName, Readonly<Record<string, number>>>>>;

export function readAllowed(): Allowed {
  return JSON.parse(readFileSync(file, 'utf8')) as Allowed;
}

/** The list without what is no longer needed; nothing is added and no figure rises. */
export function shrink(allowed: Allowed, offenders: Offenders): Allowed {
  return Object.fromEntries(
    checkNames.flatMap((check) => {
      const entries = Object.entries(allowed[check] ?? {}).flatMap(([key, was]) => {
        const is = offenders[check].get(key);
        return is === undefined ? [] : [[key, Math.min(was, is)] as const];
      });
      return entries.length === 0 ? [] : [[check, Object.fromEntries(entries)]];
    }),
  );
}

export function writeAllowed(allowed: Allowed): void {
  writeFileSync(file, `${JSON.stringify(allowed, null, 2)}\n`);
}

if (process.argv[1] === import.meta.filename) writeAllowed(shrink(readAllowed(), measure()));
