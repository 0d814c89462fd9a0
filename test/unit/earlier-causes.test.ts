import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertIn, saidInWords } from '../../analysis/journal/earlier-causes.ts';
import { endReasons, endReasonWords, reasonInWords, type SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import { endWords } from '../../monitor/log/end-words.ts';
import { perlWords } from '../../monitor/log/runtime-words.ts';

/** A reason with each number and signal that its words may have. */
function examplesOf(reason: SaidOfEnd['reason']): readonly SaidOfEnd[] {
  const words: string = endReasonWords[reason];
  if (words.includes('{exitCode}')) return [0, 1, 137, 3_221_225_477].map((exitCode) => ({ reason, exitCode }));
  if (words.includes('{signal}')) return ['SIGKILL', 'SIGUSR2', 'SIG34'].map((signal) => ({ reason, signal }));
  return [{ reason }];
}

const examples = endReasons.flatMap(examplesOf);

test('every reason survives its words, and no two have the same', () => {
  for (const said of examples) assert.deepEqual(saidInWords(reasonInWords(said)), said);
  assert.equal(new Set(examples.map(reasonInWords)).size, examples.length);
});

test('every reason that a line of a log may have is in the table, with what its words need', () => {
  for (const { reason, ...how } of [perlWords, ...endWords.map((word) => word.read({ code: '7', name: 'SIGHUP' }))]) {
    const words: string = endReasonWords[reason];
    assert.equal(words.includes('{exitCode}'), 'exitCode' in how, reason);
    assert.equal(words.includes('{signal}'), 'signal' in how, reason);
  }
});

const earlier = { atUs: 1, alert: 'end-in-log', message: 'the log: …', pid: 7, startTicks: 70 } as const;

test('an alert of an earlier version is read as one of this version', () => {
  const { atUs, alert, message, pid, startTicks } = earlier;
  const rest = { atUs, alert, message, pid, startTicks };
  for (const [means, cause, said] of [
    ['crash', 'exited with code 3', { reason: 'exited', exitCode: 3 }],
    ['crash', 'was ended by SIGSEGV', { reason: 'signal', signal: 'SIGSEGV' }],
    ['crash', 'panicked (Go)', { reason: 'goPanic' }],
    ['asked', 'the master got SIGHUP', { reason: 'masterSignal', signal: 'SIGHUP' }],
    ['asked', 'PM2 was told to stop it', { reason: 'pm2Stop' }],
    ['crash', 'ended because a worker failed to start', { reason: 'halted' }],
    ['crash', 'exited with code 3, then was ended by SIGKILL', { reason: 'ended' }],
    ['crash', 'did what no version knows', { reason: 'ended' }],
  ] as const) {
    assert.deepEqual(alertIn({ ...earlier, means, cause }), { ...rest, means, ...said });
  }
  assert.deepEqual(alertIn({ ...earlier, means: 'ended' }), { ...rest, means: 'ended', reason: 'ended' });
  const recycled = { ...rest, alert: 'process-recycled' };
  assert.deepEqual(alertIn(recycled), { ...recycled, means: 'graceful', reason: 'recycled' });
});

test('an alert of this version stays as it is; one with a reason that is not in the table is refused', () => {
  const own = { ...earlier, means: 'crash', reason: 'exited', exitCode: 3 } as const;
  assert.deepEqual(alertIn(own), own);
  const { alert, ...other } = { ...earlier, alert: 'server-lost' };
  assert.deepEqual(alertIn({ ...other, alert }), { ...other, alert });
  assert.equal(alertIn({ ...own, reason: 'constructor' }), null);
});
