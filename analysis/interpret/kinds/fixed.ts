import { type LimiterModel, wholeWindows } from './model.ts';
import { roomByWindow } from './sliding.ts';

/** Windows side by side, N in each: N·(⌈T/W⌉+1), since a span can cover the edges of one window more. */
export const fixed: LimiterModel = {
  maxAdmitted: ({ limit, windowMs }, spanMs) => limit * (Math.ceil(spanMs / windowMs) + 1),
  spansInWindows: wholeWindows,
  isBucket: false,
  mayHaveEdgesInside: true,
  atOnce: ({ limit }) => limit,
  memoryMs: ({ windowMs }) => windowMs,
  room: roomByWindow,
  full: () => null,
};
