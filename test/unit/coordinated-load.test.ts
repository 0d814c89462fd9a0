import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, GeneratorEnd, GeneratorRun, GeneratorStep } from '../../cli/run/generator.ts';
import { startLoad } from '../../cli/run/start-load.ts';
import { missingOf, promisedRanges } from '../../contract/journal/promised-ranges.ts';

const step = { scenario: 'burst', script: 'burst.js', plan: null, variables: {} } as const;
const status = (stage: number) => JSON.stringify({ data: { attributes: { status: stage } } });
const setupData = { runTag: 'tag', readyAtMs: 1 };

interface Behavior {
  /** It ends when it is asked for this, and answers no more. */
  readonly diesAt?: string;
  readonly aheadMs?: number | null;
  readonly refuses?: string;
  /** Its load goes on until it is told to stop. */
  readonly runsOn?: boolean;
  /** It hangs when it is asked for this: it lives, answers nothing, and hears no SIGINT. */
  readonly hangsAt?: string;
}

/** Generators that do as k6 does, and tell what they were told. */
function fleetOf(...behaviors: readonly Behavior[]) {
  const told: string[] = [];
  const setups: Record<string, unknown>[][] = behaviors.map(() => []);
  const parts: GeneratorStep['part'][] = [];
  const generators = behaviors.map(({ diesAt, aheadMs = 0, refuses, runsOn = false, hangsAt }, index) => {
    const id = `k6-${index + 1}`;
    return {
      id,
      clockAheadMs: () => aheadMs,
      start: ({ part }: GeneratorStep): GeneratorRun => {
        parts.push(part);
        let stage = 4;
        let hangs = false;
        let end = (_: GeneratorEnd): void => {};
        const ended = new Promise<GeneratorEnd>((resolve) => {
          end = resolve;
        });
        const exit = (code: number): void =>
          end({ exit: { code, signal: null }, lost: null, errors: [], exceptions: [] });
        return {
          ended,
          interrupt: () => {
            told.push(`${id} interrupt`);
            if (!hangs) exit(stage === 4 ? 105 : 0);
          },
          kill: () => exit(137),
          collect: async () => null,
          rest: async (method, path, body, withinMs) => {
            const asked = `${method} ${path}`;
            hangs ||= asked === hangsAt && (asked !== 'GET /v1/status' || stage === 7);
            if (hangs && withinMs === undefined) await ended;
            if (hangs) throw new Error('no answer in time');
            if (asked !== 'GET /v1/status') told.push(`${id} ${asked}`);
            if (asked === diesAt) {
              exit(2);
              throw new Error('gone');
            }
            if (asked === refuses) return { status: 500, text: '{"errors":[{"title":"t","detail":"no server"}]}' };
            if (method === 'PUT') setups[index]?.push(JSON.parse(body ?? ''));
            if (method === 'PATCH') stage = runsOn && body?.includes('"stopped":false') === true ? 7 : 9;
            if (asked === 'POST /v1/setup') {
              return { status: 200, text: JSON.stringify({ data: { attributes: { data: setupData } } }) };
            }
            return { status: 200, text: status(stage) };
          },
        };
      },
    };
  });
  const fleet: Fleet = { generators, isCoordinated: true, close: async () => {} };
  return { fleet, told, setups, parts };
}

/** Looks until something holds: `ended` of the load bounds it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

async function load(fleet: Fleet, during: (load: ReturnType<typeof startLoad>) => void | Promise<void> = () => {}) {
  const problems: string[] = [];
  const asked: (readonly string[])[] = [];
  const running = startLoad(fleet, step, {
    tell: (problem) => problems.push(problem),
    silentMs: 300,
    promisedTo: (ids) => {
      asked.push(ids);
      return [['tag-a', 0, 9, 1]];
    },
  });
  await during(running);
  return { ends: await running.ended, problems, asked };
}

test('three generators: setup once, its data to all, one instant, teardown once and after the others ended', async () => {
  const { fleet, told, setups, parts } = fleetOf({}, { aheadMs: 500 }, { aheadMs: null });
  const { ends, problems, asked } = await load(fleet);
  assert.deepEqual(
    parts.map((part) => part?.segment),
    ['0:1/3', '1/3:2/3', '2/3:1'],
  );
  assert.equal(parts[0]?.sequence, '0,1/3,2/3,1');
  const [putAll, resumed] = [3, 6];
  assert.equal(told[0], 'k6-1 POST /v1/setup');
  assert.deepEqual(
    told.slice(1, 1 + putAll).toSorted(),
    ['k6-1', 'k6-2', 'k6-3'].map((id) => `${id} PUT /v1/setup`),
  );
  assert.deepEqual(
    told.slice(4, 1 + resumed).toSorted(),
    ['k6-1', 'k6-2', 'k6-3'].map((id) => `${id} PATCH /v1/status`),
  );
  assert.deepEqual(told.slice(7), [
    ...['k6-2 interrupt', 'k6-3 interrupt'],
    ...['k6-1 PUT /v1/setup', 'k6-1 POST /v1/teardown', 'k6-1 interrupt'],
  ]);
  const [own, ahead, unknown] = setups.map(([first]) => first?.originMs);
  assert.equal(Number(ahead) - Number(own), 500);
  assert.equal(unknown, undefined);
  assert.deepEqual(setups[0]?.[1], { ...setupData, elsewhere: [['tag-a', 0, 9, 1]] });
  assert.deepEqual([asked, problems], [[['k6-2', 'k6-3']], []]);
  assert.deepEqual(
    ends.map(({ id, end, problem }) => [id, end.exit?.code, problem]),
    ['k6-1', 'k6-2', 'k6-3'].map((id) => [id, 0, null]),
  );
});

test('one that dies is told in one line, the others go on, and the next one takes its place', async () => {
  for (const diesAt of ['POST /v1/setup', 'PUT /v1/setup', 'PATCH /v1/status']) {
    const { fleet, told } = fleetOf({ diesAt }, {}, {});
    const { ends, problems } = await load(fleet);
    const problem = 'ended with exit code 2 before its load was over; the others go on';
    assert.deepEqual(problems, [`k6-1 ${problem}`], diesAt);
    assert.deepEqual(
      ends.map((end) => end.problem),
      [problem, null, null],
    );
    assert.equal(told.filter((line) => line === 'k6-2 POST /v1/teardown').length, 1, diesAt);
  }
});

test('a load that is cut ends on all, and is read back', async () => {
  const { fleet, told } = fleetOf({ runsOn: true }, { runsOn: true });
  const { problems } = await load(fleet, async (running) => {
    await until(() => told.filter((line) => line.endsWith('PATCH /v1/status')).length === 2);
    running.endLoad();
  });
  assert.deepEqual(problems, []);
  assert.equal(told.filter((line) => line.endsWith('PATCH /v1/status')).length, 4);
  assert.deepEqual(told.slice(-3), ['k6-1 PUT /v1/setup', 'k6-1 POST /v1/teardown', 'k6-1 interrupt']);
});

test('what setup refuses is told once; nothing is sent', async () => {
  const { fleet, told } = fleetOf({ refuses: 'POST /v1/setup' }, {});
  const { ends, problems } = await load(fleet);
  assert.deepEqual(problems, ['k6-1 setup failed: no server']);
  assert.deepEqual(told, ['k6-1 POST /v1/setup', 'k6-1 interrupt', 'k6-2 interrupt']);
  assert.deepEqual(
    ends.map(({ end }) => end.exit?.code),
    [105, 105],
  );
});

test('an interrupt reaches all, and is nobody’s fault', async () => {
  const { fleet, told } = fleetOf({}, {});
  const { problems } = await load(fleet, (running) => running.interrupt());
  assert.deepEqual(problems, []);
  assert.ok(told.includes('k6-1 interrupt') && told.includes('k6-2 interrupt'));
  assert.ok(!told.some((line) => line.includes('PATCH')));
});

test('interrupted under load, one of them reads back, and nobody waits for a backlog', async () => {
  const { fleet, told, setups } = fleetOf({ runsOn: true }, { runsOn: true });
  const { problems, asked } = await load(fleet, (running) => {
    const timer = setInterval(() => {
      if (told.filter((line) => line.includes('PATCH')).length < 2) return;
      clearInterval(timer);
      told.splice(0);
      running.interrupt();
    }, 5);
  });
  assert.deepEqual([problems, asked], [[], [['k6-2']]]);
  assert.deepEqual(told, [
    ...['k6-2 interrupt', 'k6-1 PATCH /v1/status'],
    ...['k6-1 PUT /v1/setup', 'k6-1 POST /v1/teardown', 'k6-1 interrupt'],
  ]);
  assert.deepEqual(setups[0]?.at(-1), { ...setupData, elsewhere: [['tag-a', 0, 9, 1]], endsSoon: true });
});

test('promised effects as ranges: what is missing of them, by any order and with variants of one id', () => {
  const owed = ['t-a0', 't-a2', 't-a1', 't-b7', 't-b8~1', 't-b8~2'].map((id) => [id, 1] as const);
  const ranges = promisedRanges([...owed, ['t-a3', 2], ['t-a9', 0]]);
  assert.deepEqual(ranges, [
    ['t-a', 0, 2, 1],
    ['t-a', 3, 3, 2],
    ['t-b', 7, 7, 1],
    ['t-b', 8, 8, 2],
  ]);
  assert.equal(missingOf(ranges ?? [], []), 8);
  assert.equal(missingOf(ranges ?? [], ['t-a1', 't-a1', 't-a3', 't-b8', 't-c1', 'x']), 5);
  assert.equal(missingOf(ranges ?? [], ['t-a0', 't-a1', 't-a2', 't-a3', 't-a3', 't-b7', 't-b8', 't-b8']), 0);
  assert.equal(promisedRanges([['no number', 1]]), null);
  assert.equal(promisedRanges(Array.from({ length: 20_001 }, (_, n) => [`t-a${2 * n}`, 1] as const)), null);
});

test('one that hangs in setup, under load or in teardown is killed and told; the others go on', async () => {
  const hung = (id: string) => `${id} hangs: its REST API answered nothing for 0 s, and was killed`;
  const inSetup = fleetOf({ hangsAt: 'POST /v1/setup' }, {});
  const first = await load(inSetup.fleet);
  assert.deepEqual(first.problems, [hung('k6-1')]);
  assert.ok(inSetup.told.includes('k6-2 POST /v1/setup') && inSetup.told.includes('k6-2 POST /v1/teardown'));

  const underLoad = fleetOf({}, { hangsAt: 'GET /v1/status', runsOn: true });
  const second = await load(underLoad.fleet);
  assert.deepEqual(second.problems, [hung('k6-2')]);
  assert.deepEqual(
    second.ends.map(({ end }) => end.exit?.code),
    [0, 137],
  );

  const inTeardown = fleetOf({ hangsAt: 'POST /v1/teardown' }, {});
  const third = await load(inTeardown.fleet);
  assert.equal(third.problems[0], hung('k6-1'));
  assert.deepEqual(
    third.ends.map(({ end }) => end.exit?.code),
    [137, 0],
  );
});
