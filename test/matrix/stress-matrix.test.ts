import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CriterionId } from '../../analysis/rules/registry.ts';
import { statuses } from '../e2e/stress.ts';
import { type Cell, isOfTheMachine, judgeCell, timed } from './cell.ts';
import { cells, quickSizes } from './cells.ts';
import { runCell } from './run-cell.ts';

/** Those of rate-limit take a core each: no two of them stand together while others are left. */
function apart(all: readonly Cell[]): readonly Cell[] {
  const heavy = all.filter(({ scenarios }) => scenarios.includes('rate-limit'));
  const light = all.filter((cell) => !heavy.includes(cell));
  const each = Math.max(1, Math.floor(light.length / heavy.length));
  const mixed = heavy.flatMap((cell, n) => [cell, ...light.slice(n * each, (n + 1) * each)]);
  return [...mixed, ...light.slice(heavy.length * each)];
}

// A cell waits for half of its time: three at a time leave each the CPU that it needs.
describe('each cell gets the verdict that it deserves', { concurrency: 3 }, () => {
  for (const cell of apart(cells.filter(({ quick }) => quick))) {
    test(`matrix: ${cell.name}`, async () => {
      const {
        statuses: found,
        exitCode,
        report,
        output,
      } = await runCell({
        ...cell,
        sizes: { ...quickSizes, ...cell.sizes },
      });
      const { missed, falseAlarms, undecided } = judgeCell(cell, found);
      // Three runs share the machine with whatever else it does: their milliseconds are not the servers', and may be nobody's.
      const isServers = (criterion: CriterionId): boolean => !timed.includes(criterion);
      const isOpen = (criterion: CriterionId): boolean =>
        isServers(criterion) && !report.findings.some((each) => each.criterion === criterion && isOfTheMachine(each));
      assert.deepEqual(
        { missed, falseAlarms: falseAlarms.filter(isServers), undecided: undecided.filter(isOpen) },
        { missed: [], falseAlarms: [], undecided: [] },
        `${statuses(report)}\n${report.findings.flatMap(({ evidence }) => evidence).join('\n')}`,
      );
      const deservesFailure = Object.values(cell.expects).some(
        (allowed) => allowed.length === 1 && allowed.includes('fail'),
      );
      if (deservesFailure) {
        assert.equal(exitCode, 1, output);
        assert.match(output, /Failed: /);
      }
      for (const { status, advice } of report.findings) assert.equal(status !== 'fail' || advice.length > 0, true);
      assert.equal(output.includes('not-checked'), false, 'the password of the database was printed');
    });
  }
});
