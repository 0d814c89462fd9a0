import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { journalFiles, type Manifest, type ScenarioWindow } from '../../contract/journal/journal.ts';
import { PhaseIndex } from '../../contract/plan/phase-index.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Gap } from '../../contract/report/report.ts';
import { plansOf } from '../interpret/plans.ts';
import { resolveReplays } from '../interpret/replays.ts';
import { readSummary, type SummaryCounts } from './k6-summary.ts';
import type { Ledger } from './ledger.ts';
import type { NdjsonEnd } from './ndjson.ts';
import { readEffects } from './read-effects.ts';
import { readLedger } from './read-ledger.ts';
import { readServer, type ServerTimeline } from './server.ts';
import { readTimeline, type Timeline } from './timeline.ts';

export interface ScenarioRun {
  readonly name: ScenarioName;
  readonly plan: Plan;
  readonly window: ScenarioWindow;
  readonly timeline: Timeline | null;
  readonly ledger: Ledger | null;
  readonly summary: SummaryCounts | null;
}

/** A journal as read: what is there, and in `gaps` what is missing or damaged. */
export interface Run {
  readonly manifest: Manifest;
  readonly scenarios: readonly ScenarioRun[];
  readonly server: ServerTimeline | null;
  readonly gaps: readonly Gap[];
}

/** Where the pieces of a journal lie; recorded apart they need not be in one folder. */
export interface JournalPlaces {
  /** Folder of the k6 pieces. */
  readonly k6Folder: string;
  readonly serverFile: string;
  /** False where the pieces were recorded apart: then each has a run id of its own. */
  readonly oneRun: boolean;
}

/** Reads the pieces of a journal that the manifest speaks of. */
export function readRun(manifest: Manifest, places: JournalPlaces): Run {
  const gaps: Gap[] = refusedFiles(manifest);
  const runId = places.oneRun ? manifest.runId : null;

  const k6Path = (file: string): string => join(places.k6Folder, basename(file));

  function take<T>(file: string, path: string, read: (path: string) => { value: T; end: NdjsonEnd }): T | null {
    if (!existsSync(path)) {
      const why =
        manifest?.k6Build === 'stock' && file.startsWith(journalFiles.k6Folder) ? ': a stock k6 writes none' : '';
      gaps.push({ file, problem: `it is missing${why}` });
      return null;
    }
    const { value, end } = read(path);
    gaps.push(...end.problems.map((text) => ({ file, problem: text })));
    return value;
  }

  const plans = plansOf(manifest);
  const scenarios = manifest.scenarios.map((window): ScenarioRun => {
    const { name } = window;
    const plan = planIn(plans, name);
    if (window.endedAtUs === null) {
      gaps.push({ file: journalFiles.manifest, problem: `${name} has no end: the runner was lost while it ran` });
    } else if (window.k6Signal !== null && !manifest.interrupted) {
      gaps.push({ file: journalFiles.timeline(name), problem: `k6 was ended by ${window.k6Signal}` });
    } else if (window.k6ExitCode !== 0 && window.k6ExitCode !== thresholdsFailed && !manifest.interrupted) {
      gaps.push({ file: journalFiles.timeline(name), problem: `k6 ended with exit code ${window.k6ExitCode}` });
    }
    const summary = readSummary(k6Path(journalFiles.summary(name)));
    if (summary.problem !== null) gaps.push({ file: journalFiles.summary(name), problem: summary.problem });
    const ledger = take(journalFiles.ledger(name), k6Path(journalFiles.ledger(name)), (path) => {
      const { ledger: value, end } = readLedger(path, runId);
      value.phases = new PhaseIndex([plan]);
      resolveReplays(value, manifest.profile);
      return { value, end };
    });
    if (manifest.profile.readback.kind === 'command' && ledger !== null) {
      take(journalFiles.effects(name), k6Path(journalFiles.effects(name)), (path) => ({
        value: ledger,
        end: readEffects(path, runId, ledger),
      }));
    }
    return {
      name,
      plan,
      window,
      summary: summary.counts,
      timeline: take(journalFiles.timeline(name), k6Path(journalFiles.timeline(name)), (path) => {
        const { timeline, end } = readTimeline(path, runId);
        return { value: timeline, end };
      }),
      ledger,
    };
  });

  for (const name of manifest.command) {
    if (!scenarios.some((scenario) => scenario.name === name)) {
      gaps.push({ file: journalFiles.timeline(name), problem: `${name} was asked for but never started` });
      gaps.push({ file: journalFiles.ledger(name), problem: `${name} was asked for but never started` });
    }
  }
  if (manifest.endedAtUs === null) {
    gaps.push({ file: journalFiles.manifest, problem: 'the runner did not end gracefully' });
  }

  const server = take(journalFiles.server, places.serverFile, (path) => {
    const { server: value, end } = readServer(path, runId);
    return { value, end };
  });
  if (server === null && existsSync(places.serverFile)) {
    gaps.push({ file: journalFiles.server, problem: 'it does not say which server it watched' });
  }
  return { manifest, scenarios, server, gaps };
}

/** What the runner could not write. */
function refusedFiles({ unwritable = [] }: Manifest): Gap[] {
  return unwritable.map(({ file, refusal }) => ({ file, problem: `it could not be written (${refusal})` }));
}

/** k6's exit code where a threshold failed: a verdict of its own, not a loss of data. */
const thresholdsFailed = 99;

function planIn(plans: readonly Plan[], name: ScenarioName): Plan {
  const plan = plans.find(({ scenario }) => scenario === name);
  if (plan === undefined) throw new Error(`there is no plan of ${name}`);
  return plan;
}
