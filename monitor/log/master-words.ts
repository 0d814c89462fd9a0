import { type EndReading, readingOf } from './end-word.ts';

// What masters of node:cluster, prefork servers of one's own and structured logs write is up to their authors: a word for a process, one
// for its end, and in some order its pid, exit code and signal. Without code and signal the line says that it ended, and not how.

/** One of these stands in every such line. */
export const masterNeedles = ['died', 'exit', 'crashed', 'killed', 'terminated'] as const;

const subject = /\b(?:worker|child|process)\b/i;
const verb = /\b(?:died|exit(?:ed|s)?|crashed|killed|terminated)\b/i;
/** A request, or a number of processes: `POST /hooks/worker-12-died`, `3 workers exited`. */
const other = /\b(?:GET|POST|PUT|PATCH|DELETE|HEAD) \/|\b(?:\d+|no) (?:worker|child|process)(?:s|es|ren)?\b/i;

const field = (names: string): RegExp => new RegExp(`\\b(?:${names})\\b["']?(?: ?[:=] ?| )["'[(]?(\\d+)\\b`, 'i');
const pidField = field('pid|process_id|processId');
/** A number of one digit is the master's own for the worker. */
const pidBehindSubject = /\b(?:worker|child|process)\b(?: process)?[ [(:=#]{1,3}(\d{2,})\b/i;
const codeField = field('(?:exit[ _]?)?(?:code|status)|exitCode');
const signalName = /\b(SIG(?!NAL)[A-Z\d]{2,})\b/;
const signalField = field('signal');

const maxCharacters = 1000;

/** Without a pid only a worker is surely the server's own: servers start children and processes for jobs, too. */
const worker = /\bworker\b/i;

/** How a master's line tells of the end of a worker; null where it tells of something else. */
export function masterSays(whole: string): (EndReading & { readonly pid: number | null }) | null {
  const line = whole.slice(0, maxCharacters);
  if (!subject.test(line) || !verb.test(line) || other.test(line)) return null;
  const signal = signalName.exec(line)?.[1] ?? signalField.exec(line)?.[1];
  const code = codeField.exec(line)?.[1];
  const pid = pidBehindSubject.exec(line)?.[1] ?? pidField.exec(line)?.[1];
  if (pid === undefined && ((signal === undefined && code === undefined) || !worker.test(line))) return null;
  return { pid: pid === undefined ? null : Number(pid), ...readingOf({ code, signal }) };
}
