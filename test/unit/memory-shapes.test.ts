import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeMemory } from '../fixtures/memory-run.ts';
import { memoryShapes } from '../fixtures/memory-shapes.ts';
import { seeded } from '../fixtures/random.ts';

const seeds = Array.from({ length: 4 }, (_, n) => n + 1);

for (const shape of memoryShapes) {
  test(`memory shape: ${shape.name}`, () => {
    const wrong: string[] = [];
    for (const seed of seeds) {
      const random = seeded(seed);
      const { status, summary, evidence = [] } = judgeMemory({ ...shape, memory: shape.memory(random), random });
      const told = `${status}: ${summary}\n  ${evidence.join('\n  ')}`;
      if (shape.truth === 'leak' && status !== 'fail') wrong.push(told);
      if (shape.truth === 'clean' && status === 'fail') wrong.push(told);
      if (shape.truth !== 'either') continue;
      assert.notEqual(status, 'pass', told);
      assert.match(summary, /garbage|keys/, told);
      assert.match(told, /to tell a leak from a collector/, told);
    }
    assert.deepEqual(wrong.slice(0, 1), [], `${wrong.length} of ${seeds.length}`);
  });
}
