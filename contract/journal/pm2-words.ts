/** What PM2's log says of an end, in the words of the journal, which follow "it". Monitors write them, and the analysis reads them. */

/** PM2 tells an exit with code 0 and an end by SIGINT in the same words. */
export const codeOrSignalOfPm2 = 'exited with code 0 or by SIGINT: PM2 writes the same of both';
/** The same in earlier journals. */
export const earlierCodeOrSignalOfPm2 = 'was ended by SIGINT';
/** Of no process by its pid: each time that PM2 stops one. */
export const stopOfPm2 = 'ended after PM2 was told to stop it';
/** Of a process by its pid, once PM2 has stopped it. */
export const stoppedByPm2 = 'was stopped by PM2';
/** PM2 stops a process after each of these: they alone do not tell which. */
export const reasonsOfPm2: readonly string[] = [
  'was reloaded by PM2',
  'was reloaded, as its code had changed',
  'was restarted by PM2: more memory than max-memory-restart',
];
/** An old worker that ended by itself once it was told to: PM2 writes no other line of it. */
export const releasedByPm2 = 'was reloaded by PM2 and let go';
/** Of the process that wrote it last before it ended: an exception, with its stack. */
export const thrownInNode = 'threw an exception that nobody caught (Node.js)';
