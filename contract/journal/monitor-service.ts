import * as z from 'zod';

// What a monitor with --listen tells the runner: its clock, and its file.

export const monitorService = { clock: '/clock', journal: '/journal' } as const;

/** The most that one answer holds of the file: who wants more asks on from there (Range). */
export const maxAnswerBytes = 4 << 20;

export const monitorClockAnswer = z.object({
  format: z.literal('webhook-stress/monitor'),
  version: z.literal(1),
  /** Of the monitor's file: another one is another start of the monitor. */
  runId: z.string().min(1).max(200),
  host: z.string().min(1).max(253),
  /** Its clock now, in microseconds since the epoch. */
  nowUs: z.number(),
  /** How long its file is by now. */
  journalBytes: z.number(),
});

export type MonitorClockAnswer = Readonly<z.infer<typeof monitorClockAnswer>>;
