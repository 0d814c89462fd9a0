import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwatchedEdges } from '../../analysis/interpret/unwatched-edges.ts';
import { givenClock } from '../../analysis/journal/clock.ts';
import type { ServerTimeline } from '../../analysis/journal/server.ts';
import type { Manifest } from '../../contract/journal/journal.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { manifestOf, sampleOf, serverOf, startUs } from '../fixtures/run.ts';

/** Load from 0 to 60 s. */
const window = { startedAtUs: startUs, endedAtUs: startUs + 60e6, k6ExitCode: 0, k6Signal: null };
const manifest: Manifest = {
  ...manifestOf(['sustained'], builtInProfiles.generic),
  scenarios: [{ name: 'sustained', ...window }],
};

const edgesOf = (server: ServerTimeline): readonly string[] => unwatchedEdges(server, manifest);

/** A monitor with samples at these seconds alone. */
const sampledAt = (...seconds: readonly number[]): ServerTimeline => ({
  ...serverOf(0),
  samples: seconds.map((second) => sampleOf(second * 1000)),
});

describe('what of the load came before the first sample and after the last', () => {
  test('is told from 5 s on', () => {
    assert.deepEqual(edgesOf(sampledAt(5, 55)), []);
    assert.deepEqual(edgesOf(sampledAt(5.1, 54.8)), [
      'it begins 5.1 s after the first scenario',
      'it ends 5.2 s before the last scenario does',
    ]);
  });

  test('is told later of a monitor that looks more seldom', () => {
    const every10s = serverOf(51_000, () => ({}), { stepMs: 10_000 });
    assert.equal(every10s.samples.at(-1)?.atUs, startUs + 50e6);
    assert.deepEqual(edgesOf(every10s), []);
    const ended = serverOf(31_000, () => ({}), { stepMs: 10_000 });
    assert.deepEqual(edgesOf(ended), ['it ends 30.0 s before the last scenario does']);
  });

  test('is not told of a monitor that watched before and after, however uncertain its clock is', () => {
    const server = { ...sampledAt(-1, 61), clock: givenClock(0, 7000) };
    assert.deepEqual(edgesOf(server), []);
  });

  test('is told of a clock that may hide as much', () => {
    const server = { ...sampledAt(1, 61), clock: givenClock(0, 4500) };
    assert.deepEqual(edgesOf(server), ['it begins 1.0 s after the first scenario']);
  });
});

describe('a monitor that watches no process', () => {
  const absent = { processes: [], machineCpuPercent: null, health: null, redis: { state: 'unavailable' } } as const;
  const storesOnly = (changes: Parameters<typeof sampleOf>[1]): ServerTimeline => ({
    ...serverOf(0),
    samples: [1, 31].map((second) => sampleOf(second * 1000, { ...absent, ...changes })),
  });

  test('asks for statistics that the server does not have every 30 s: it watched to the end', () => {
    assert.deepEqual(edgesOf(storesOnly({})), []);
    assert.deepEqual(edgesOf(storesOnly({ database: { state: 'unavailable' } })), []);
  });

  test('its health checks and statistics that are there tell when it ended', () => {
    const told = ['it ends 29.0 s before the last scenario does'];
    const ok = { state: 'ok', latencyMs: 2, numbers: {} } as const;
    for (const changes of [
      { health: ok },
      { health: { state: 'unavailable' } },
      { redis: ok },
      { database: ok },
    ] as const)
      assert.deepEqual(edgesOf(storesOnly(changes)), told);
  });
});
