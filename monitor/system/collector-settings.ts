import { basename } from 'node:path';
import type { CollectorLine, ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { readProcFile, readProcLink } from './proc-file.ts';

/** V8 takes at most 16 MB for each half of its young generation unless it is told otherwise. */
const usualSemiSpaceMb = 16;
/** Go collects when the heap has grown by so many percent. */
const usualGoPercent = 100;

/**
 * What a process is told that makes its collector wait: flags of Node, and variables of Go and Ruby. Each comes out in our own words with a
 * number at most: arguments and environments hold secrets.
 */
export function lateCollectorIn(commandLine: string, environment: string): readonly string[] {
  const [words, variables] = [commandLine, environment].map((text) => text.split('\0'));
  const options = (variables ?? []).find((variable) => variable.startsWith('NODE_OPTIONS='))?.slice(13) ?? '';
  const found = new Set<string>();
  for (const word of [...(words ?? []), ...options.split(/\s+/)]) {
    const megabytes = /^--(?:max|min)[-_]semi[-_]space[-_]size=(\d{1,9})$/.exec(word)?.[1];
    if (Number(megabytes ?? 0) > usualSemiSpaceMb) found.add(`a young generation of ${megabytes} MB`);
  }
  for (const variable of variables ?? []) {
    const percent = /^GOGC=(off|\d{1,9})$/.exec(variable)?.[1];
    if (percent === 'off' || Number(percent ?? 0) > usualGoPercent) found.add(`GOGC=${percent}`);
    const ruby = /^(RUBY_GC_[A-Z_]{1,60})=[\d.]{1,20}$/.exec(variable)?.[1];
    if (ruby !== undefined) found.add(ruby);
  }
  return [...found];
}

/** The base name of a program that the label of its process does not begin with, whatever its version; null if it does. */
export function otherThan(label: string, path: string | null): string | null {
  const name = basename((path ?? '').replace(/ \(deleted\)$/, ''));
  const program = name.replace(/[\d.]+$/, '');
  return program === '' || label.startsWith(program) ? null : name;
}

/** Looks once at each process. */
export class CollectorSettings {
  readonly #seen = new Set<string>();

  see(processes: readonly ProcessSample[], atUs: number): readonly CollectorLine[] {
    return processes.flatMap(({ pid, startTicks, role, label }) => {
      const key = processIdentity({ pid, startTicks });
      if (role === 'helper' || this.#seen.has(key)) return [];
      this.#seen.add(key);
      const [commandLine, environment] = ['cmdline', 'environ'].map((name) => readProcFile(`/proc/${pid}/${name}`));
      const waits = lateCollectorIn(commandLine ?? '', environment ?? '');
      const executable = otherThan(label, readProcLink(`/proc/${pid}/exe`));
      if (waits.length === 0 && executable === null) return [];
      const line = { metrics: 'collector' as const, atUs, pid, startTicks, waits: [...waits] };
      return [executable === null ? line : { ...line, executable }];
    });
  }
}
