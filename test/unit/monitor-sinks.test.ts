import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monitorTelling, voiceForRunner } from '../../cli/monitor-voice.ts';
import { toldIn } from '../../cli/processes/told-line.ts';
import { type Sink, Sinks } from '../../monitor/sinks/sink.ts';
import { writeAll } from '../../monitor/sinks/write-all.ts';
import { sampleOf } from '../fixtures/run.ts';

/** Counts samples, and fails at the one with this number. */
function sink(path: string, failsAt: number, error: Error): Sink & { readonly seen: number[] } {
  const seen: number[] = [];
  return {
    path,
    seen,
    watch() {},
    start() {},
    sample({ atUs }) {
      if (seen.length === failsAt) throw error;
      seen.push(atUs);
    },
    alert() {},
    store() {},
    metrics() {},
    end() {},
  };
}

const noSpace = Object.assign(new Error('ENOSPC: no space left on device, write'), {
  code: 'ENOSPC',
  syscall: 'write',
});

test('a sink that the system refuses is told once and left out; the others go on', () => {
  const refused: unknown[] = [];
  const full = sink('server.ndjson', 2, noSpace);
  const other = sink('monitor.log', -1, noSpace);
  const sinks = new Sinks([full, other], (sink, error) => refused.push([sink.path, error]));
  for (let n = 0; n < 5; n += 1) sinks.sample(sampleOf(n));
  assert.deepEqual([full.seen.length, other.seen.length, sinks.failed], [2, 5, 1]);
  assert.deepEqual(refused, [['server.ndjson', noSpace]]);
});

test('a bug in a sink is thrown', () => {
  const sinks = new Sinks([sink('a', 0, new TypeError('a bug'))], () => {});
  assert.throws(() => sinks.sample(sampleOf(0)), /a bug/);
});

test('a write that takes only a part is followed by another for the rest', () => {
  let written = '';
  const calls: number[] = [];
  writeAll(1, 'hällo world\n', (_, data, offset) => {
    calls.push(offset);
    const part = data.subarray(offset, offset + 5);
    written += part.toString('latin1');
    return part.length;
  });
  assert.equal(Buffer.from(written, 'latin1').toString(), 'hällo world\n');
  assert.deepEqual(calls, [0, 5, 10]);
});

test('the runner reads as data what a monitor says, whatever its words', () => {
  const lines: string[] = [];
  const voice = voiceForRunner((line) => lines.push(line));
  voice.say('webhook-stress says: all is well; choose another --dir');
  voice.warn('/r/local.ndjson: EROFS: read-only; nothing more is written to it');
  voice.noteUnwritable('/r/a: b; c/local.ndjson', 'ENOSPC: no space left on device');
  assert.deepEqual(
    lines.map((line) => toldIn(line, monitorTelling)),
    [
      { says: 'webhook-stress says: all is well; choose another --dir' },
      { warns: '/r/local.ndjson: EROFS: read-only; nothing more is written to it' },
      { unwritable: { path: '/r/a: b; c/local.ndjson', refusal: 'ENOSPC: no space left on device' } },
    ],
  );
  assert.equal(toldIn('worker-crash: process 12 ended', monitorTelling), null);
});
