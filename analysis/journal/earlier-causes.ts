import * as z from 'zod';
import { type EndReason, endReasons, endReasonWords, type SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import type { AlertLine } from '../../contract/journal/journal.ts';
import { alertLine } from '../../contract/journal/monitor-lines.ts';

// Before version 4 an alert said why a process ended in words, which are that format. Here alone they are matched.

const anyAlertLine = alertLine.extend({ cause: z.string().exactOptional() });

/** An alert as any version has it. */
export type WrittenAlert = z.infer<typeof anyAlertLine>;

/** Words that monitors wrote before those of now. */
const earlierWords: readonly (readonly [words: string, EndReason])[] = [
  ['ended because a worker failed to start', 'halted'],
  ['ended because a worker exited with a code of one that fails to start', 'halted'],
  ['its code changed, and it was reloaded', 'codeChanged'],
  ['the master got {signal}', 'masterSignal'],
  ['the master was shutting down', 'masterStopped'],
  ['the master was told to stop', 'masterStopped'],
  ['the master was reloaded', 'masterReloaded'],
  ['the server got {signal}', 'serverSignal'],
  ['the server was told to stop', 'serverStopped'],
  ['PM2 was told to stop it', 'pm2Stop'],
  ['systemd was told to stop it', 'systemdStop'],
  ['supervisord was told to stop it', 'supervisordStop'],
];

const allWords = [...endReasons.map((reason) => [endReasonWords[reason], reason] as const), ...earlierWords];

const ofWords: ReadonlyMap<string, EndReason> = new Map(allWords);

const escaped = (text: string): string => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');

const patterns = allWords.flatMap(([words, reason]) => {
  if (!words.includes('{')) return [];
  const pattern = escaped(words)
    .replace('{exitCode}', '(?<exitCode>\\d{1,10})')
    .replace('{signal}', '(?<signal>SIG[A-Z\\d]+)');
  return [{ pattern: new RegExp(`^${pattern}$`), reason }];
});

/** What the words of an earlier version say of an end. Of words that no version had, only that it ended is known. */
export function saidInWords(words: string): SaidOfEnd {
  const known = ofWords.get(words);
  if (known !== undefined) return { reason: known };
  for (const { pattern, reason } of patterns) {
    const groups = pattern.exec(words)?.groups;
    if (groups === undefined) continue;
    const { exitCode, signal } = groups;
    return {
      reason,
      ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
      ...(signal === undefined ? {} : { signal }),
    };
  }
  return { reason: 'ended' };
}

/** An alert as this version has it. The first versions told of graceful ends alone, and had no words for them. */
function decodedAlert({ cause, ...alert }: WrittenAlert): AlertLine {
  if (alert.reason !== undefined) return alert;
  if (alert.means !== undefined) return { ...alert, ...saidInWords(cause ?? 'ended') };
  return alert.alert === 'process-recycled' ? { ...alert, means: 'graceful', reason: 'recycled' } : alert;
}

/** The alert in a line of a monitor; null if it has another shape. */
export function alertIn(line: unknown): AlertLine | null {
  const parsed = anyAlertLine.safeParse(line);
  return parsed.success ? decodedAlert(parsed.data) : null;
}
