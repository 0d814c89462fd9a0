import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EffectsRead } from '../../cli/run/effect-lines.ts';
import { EffectPolls } from '../../cli/run/effect-polls.ts';

const patience = { settleMs: 20_000, limitMs: 120_000 };

/** Polls of a target whose effects come at those times, on a clock that only sleep moves. */
function pollsOf(comes: Readonly<Record<string, number>>, changes: { toldUs?: number; failsAt?: number[] } = {}) {
  let nowMs = 0;
  let reads = 0;
  const read = async (): Promise<EffectsRead> => {
    reads += 1;
    if (changes.failsAt?.includes(reads) === true) return { failed: 'it was not there' };
    const ids = Object.keys(comes).filter((id) => (comes[id] ?? 0) <= nowMs);
    return { effects: ids.map((effect) => ({ effect, webhook: 0, processedAtUs: changes.toldUs ?? 0 })) };
  };
  const sleep = async (ms: number): Promise<void> => {
    nowMs += ms;
    await null;
  };
  const interrupt = new AbortController();
  const polls = new EffectPolls(read, { nowUs: () => nowMs * 1000, sleep, interrupted: interrupt.signal });
  const left = (ids: readonly string[]) => ({ missing: Object.keys(comes).length - ids.length, waiting: 0 });
  return { polls, left, reads: () => reads, interrupt: () => interrupt.abort() };
}

const states = ({ lines }: EffectPolls): readonly string[] =>
  lines.map((line) => ('seen' in line ? line.seen : `${line.state} ${line.missing ?? '-'}`));

test('effects that come later are waited for, and seen once by the poll that saw them first', async () => {
  const { polls, left } = pollsOf({ a: 0, b: 2000, c: 2000 });
  assert.deepEqual(await polls.afterLoad(patience, left), {
    effects: ['a', 'b', 'c'].map((effect) => ({ effect, webhook: 0, processedAtUs: 0 })),
  });
  assert.deepEqual(states(polls), ['reading 2', 'a', 'reading 2', 'reading 0', 'b', 'c', 'complete 0']);
});

test('where the target tells the time of an effect there is nothing to see, and no poll under load', async () => {
  const { polls, left, reads } = pollsOf({ a: 0 }, { toldUs: 5 });
  await polls.underLoad();
  assert.equal(reads(), 1);
  await polls.afterLoad(patience, left);
  assert.deepEqual(states(polls), ['reading 0', 'complete 0']);
});

test('an interrupt ends the polls under load, although reads and waits then take no time', async () => {
  const { polls, reads, interrupt } = pollsOf({ a: 0 });
  const underLoad = polls.underLoad();
  for (let turn = 0; turn < 100; turn += 1) await null;
  interrupt();
  await underLoad;
  assert.ok(reads() >= 1);
});

test('under load polls go on until they are stopped', async () => {
  const { polls, left } = pollsOf({ a: 0, b: 3000 });
  const underLoad = polls.underLoad();
  for (let turn = 0; turn < 100; turn += 1) await null;
  polls.stop();
  await underLoad;
  await polls.afterLoad(patience, left);
  const seen = states(polls);
  assert.equal(seen[0], 'loading -');
  assert.equal(seen.at(-1), 'complete 0');
  assert.deepEqual(
    seen.filter((state) => !state.includes(' ')),
    ['a', 'b'],
  );
});

test('polls under load, however many, leave no listeners behind: Node would warn of them', async () => {
  const { polls, reads } = pollsOf({ a: 0 });
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => warnings.push(name);
  process.on('warning', onWarning);
  const underLoad = polls.underLoad();
  for (let turn = 0; reads() < 30 && turn < 10_000; turn += 1) await null;
  polls.stop();
  await underLoad;
  // Node tells warnings in a turn of their own.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  assert.ok(reads() >= 30);
  assert.deepEqual(warnings, []);
});

test('one read that fails is tried again, two in a row end it', async () => {
  const once = pollsOf({ a: 0 }, { failsAt: [1, 3] });
  assert.deepEqual(await once.polls.afterLoad(patience, once.left), {
    effects: [{ effect: 'a', webhook: 0, processedAtUs: 0 }],
  });
  const twice = pollsOf({ a: 0 }, { failsAt: [1, 2] });
  assert.deepEqual(await twice.polls.afterLoad(patience, twice.left), { failed: 'it was not there' });
});
