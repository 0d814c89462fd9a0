import { basename } from 'node:path';
import { commandLine, readProcLink, readStat } from './proc-file.ts';

/** A name that a version follows, as in php-fpm8.2 or python3.11. */
const withoutVersion = (name: string): string => name.replace(/-?\d+(?:\.\d+)*$/, '');

/**
 * The names by which a person may know a process: executable, script, Python module, and what it calls itself. Servers that change
 * their title put their name first: `gunicorn: master [app]`, `php-fpm: master process (/etc/…)`, `puma 6.4.0 (tcp://…) [app]`.
 */
export function namesOf(pid: number): ReadonlySet<string> {
  const words = commandLine(pid);
  const [first = '', second = ''] = words;
  const title = first.split(/[\s:]/, 1)[0] ?? '';
  const executable = basename(readProcLink(`/proc/${pid}/exe`) ?? '');
  const module = words[words.indexOf('-m') + 1];
  return new Set(
    [
      ...[first, title, second].map((word) => basename(word)),
      ...(words.includes('-m') && module !== undefined ? [module] : []),
      ...[readStat(pid)?.name ?? '', executable].flatMap((name) => [name, withoutVersion(name)]),
    ].filter((name) => name !== ''),
  );
}
