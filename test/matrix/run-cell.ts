import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CriterionId, criterionIds } from '../../analysis/rules/registry.ts';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import { sizeNames } from '../../contract/plan/sizes.ts';
import type { Status } from '../../contract/report/criteria.ts';
import type { Report } from '../../contract/report/report.ts';
import { partsOf, reportOf, type StressRun, startStress, until } from '../e2e/stress.ts';
import { startPostgres, startRedis, type TestServer } from '../fixtures/servers.ts';
import type { Cell } from './cell.ts';

const stallMs = 2000;

/** Those of `make stress`: empty is not given. */
const defaultSizes = Object.fromEntries(sizeNames.map((name) => [name, '']));

export interface CellRun {
  readonly statuses: Readonly<Record<CriterionId, Status>>;
  readonly exitCode: number | null;
  readonly report: Report;
  readonly folder: string;
  readonly output: string;
}

/** Starts the cell's stores, runs its scenarios as a user would, and stops what it started. */
export async function runCell(cell: Cell): Promise<CellRun> {
  const redis = cell.store.includes('redis') ? await startRedis() : null;
  const postgres = cell.store.includes('postgres') ? await startPostgres() : null;
  try {
    const run = startStress(
      [
        ...cell.scenarios,
        ...['--workers', String(cell.workers)],
        ...(cell.signature === null ? [] : ['--signature', cell.signature]),
        ...cell.faults.flatMap((fault) => ['--fault', fault]),
      ],
      {
        ...defaultSizes,
        ...cell.sizes,
        LIMITER_KIND: cell.limiter,
        ...(redis === null ? {} : { BACKEND_REDIS_URL: redis.url, MONITOR_REDIS_URL: redis.url }),
        ...(postgres === null ? {} : { BACKEND_POSTGRES_URL: postgres.url, MONITOR_POSTGRES_URL: postgres.url }),
      },
      mkdtempSync(join(tmpdir(), 'matrix-')),
    );
    const ended = run.ended();
    await Promise.race([ended, happen(cell, run, redis, postgres)]);
    const { exitCode } = await ended;
    if (!existsSync(join(run.folder, 'report.json'))) throw new Error(`${cell.name}: no report\n${run.output()}`);
    const report = reportOf(run.folder);
    return { statuses: statusesOf(report), exitCode, report, folder: run.folder, output: run.output() };
  } finally {
    await Promise.all([redis?.stop(), postgres?.stop()]);
  }
}

async function happen(
  { event }: Cell,
  run: StressRun,
  redis: TestServer | null,
  postgres: TestServer | null,
): Promise<void> {
  if (event === null) return;
  const ledger = join(run.folder, journalFiles.ledger(localGenerator, event.scenario));
  await until(
    `${event.scenario} has sent ${event.afterSignals} signals`,
    () =>
      existsSync(ledger) &&
      (readFileSync(ledger, 'utf8').match(/"purpose":"(load|probe)"/g) ?? []).length >= event.afterSignals,
    120_000,
  );
  if (event.what === 'crash redis') return redis?.crash();
  if (event.what === 'crash postgres') return postgres?.crash();
  const { k6 } = partsOf(run.process.pid ?? 0);
  if (k6 === undefined) return;
  process.kill(k6, 'SIGSTOP');
  await sleep(stallMs);
  process.kill(k6, 'SIGCONT');
}

function statusesOf(report: Report): Readonly<Record<CriterionId, Status>> {
  const found = new Map(report.findings.map(({ criterion, status }) => [criterion, status]));
  return Object.fromEntries(
    criterionIds.map((criterion) => [criterion, found.get(criterion) ?? 'inconclusive']),
  ) as Record<CriterionId, Status>;
}
