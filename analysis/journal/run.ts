import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { exceptionInWords } from '../../contract/journal/exceptions.ts';
import type { Manifest, ScenarioWindow } from '../../contract/journal/journal.ts';
import { k6ThresholdsMissed } from '../../contract/journal/k6-exit-code.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { megabytes } from '../../contract/report/figures.ts';
import { type Clock, type ClockOfFile, remoteMonitor } from './clock.ts';
import { clockOfGenerator } from './generator-clock.ts';
import { gapOf, gapOfFile, type JournalGap, within } from './journal-gap.ts';
import { unreadable } from './json-file.ts';
import { addSummary, type K6Metric, readSummary, type SummaryCounts } from './k6-summary.ts';
import { Ledger } from './ledger.ts';
import { LedgerPieces, piecesIn } from './ledger-pieces.ts';
import { mergedMetrics } from './merged-k6-metrics.ts';
import { missingRows } from './missing-rows.ts';
import { monitorPiecesOf } from './monitor-pieces.ts';
import { placeOfMonitor } from './monitor-place.ts';
import type { NdjsonEnd } from './ndjson.ts';
import type { JournalPlaces } from './places.ts';
import { readEffects } from './read-effects.ts';
import { readLedgerInto } from './read-ledger.ts';
import { readServer, type ServerTimeline } from './server.ts';
import { type Timeline, TimelineReader } from './timeline.ts';
import { unfinished } from './unfinished.ts';

/** One scenario as all generators together recorded it. */
export interface RecordedScenario {
  readonly name: ScenarioName;
  readonly window: ScenarioWindow;
  readonly timeline: Timeline | null;
  readonly ledger: Ledger | null;
  /** Where the ledger is in pieces, these, and `ledger` is null. */
  readonly pieces: LedgerPieces | null;
  readonly summary: SummaryCounts | null;
  /** What k6 found of its thresholds; null if a generator has no summary. */
  readonly k6Metrics: ReadonlyMap<string, K6Metric> | null;
}

/** A journal as read: what the files say, and in `gaps` what is missing or damaged. interpret/interpret.ts says what it means. */
export interface RecordedRun {
  readonly manifest: Manifest;
  /** Ids of all generators and monitors, those that the manifest does not know included. */
  readonly generators: readonly string[];
  readonly monitors: readonly string[];
  /** Of each generator whose files were read, by its id. */
  readonly clocks: ReadonlyMap<string, Clock>;
  readonly scenarios: readonly RecordedScenario[];
  /** What each monitor saw. */
  readonly servers: readonly ServerTimeline[];
  readonly gaps: readonly JournalGap[];
}

/** Reads the pieces of a journal that the manifest speaks of. */
export function readRun(manifest: Manifest, places: JournalPlaces): RecordedRun {
  const journal = new JournalReader(manifest, places);
  const scenarios = manifest.scenarios.map((window) => journal.scenario(window));
  const loadClockUs = worstOf(journal.clocks.values());
  const servers = places.monitors
    .flatMap(({ id, file }) => journal.server(id, file) ?? [])
    .map((server) => ({ ...server, loadClockUs }));
  const generators = places.generators.map(({ id }) => id);
  return {
    manifest,
    generators,
    monitors: places.monitors.map(({ id }) => id),
    clocks: journal.clocks,
    scenarios,
    servers,
    gaps: [...refusedFiles(manifest), ...journal.gaps, ...notEnded(manifest, generators)],
  };
}

const worstOf = (clocks: Iterable<Clock>): number =>
  [...clocks].reduce((worst, { uncertaintyUs }) => Math.max(worst, uncertaintyUs), 0);

/** What the runner could not write. */
function refusedFiles({ unwritable = [] }: Manifest): readonly JournalGap[] {
  return unwritable.map(({ file, refusal }) => gapOfFile(file, { text: `it could not be written (${refusal})` }));
}

function fullInWords({ atUs, bytes, limitBytes }: NonNullable<Manifest['journalFull']>, startedAtUs: number): string {
  const minutes = ((atUs - startedAtUs) / 60e6).toFixed(1);
  return `the load was ended after ${minutes} min: the journal took ${megabytes(bytes)} of the ${megabytes(limitBytes)} that --journal-limit gives it`;
}

/** What the manifest itself says is missing. */
function notEnded(manifest: Manifest, generators: readonly string[]): readonly JournalGap[] {
  const started = new Set(manifest.scenarios.map(({ name }) => name));
  const neverStarted = manifest.command
    .filter((name) => !started.has(name))
    .flatMap((name) =>
      generators.flatMap((id) =>
        [journalFiles.timeline(id, name), journalFiles.ledger(id, name)].map((file) =>
          gapOf(file, within(`${name} `, unfinished.unstarted)),
        ),
      ),
    );
  const { journalFull, startedAtUs } = manifest;
  const full =
    journalFull === undefined ? [] : [{ file: journalFiles.manifest, problem: fullInWords(journalFull, startedAtUs) }];
  const noEnd = gapOf(journalFiles.manifest, unfinished.run);
  return [...full, ...neverStarted, ...(manifest.endedAtUs === null ? [noEnd] : [])];
}

/** Of a k6 that missed only its own thresholds: the report judges the same by more evidence. */
function exitProblem({ k6ExitCode, k6Signal }: Pick<ScenarioWindow, 'k6ExitCode' | 'k6Signal'>): string | null {
  if (k6Signal !== null) return `k6 was ended by ${k6Signal}`;
  return k6ExitCode === 0 || k6ExitCode === k6ThresholdsMissed ? null : `k6 ended with exit code ${k6ExitCode}`;
}

/** A file that somebody laid here, or whose clock is off by more than it says. */
function isOfAnotherTime({ clock, samples, stores }: ServerTimeline): boolean {
  const looks = stores.redis.length + stores.postgres.length + stores.log.length;
  return clock.source !== 'own' && samples.length + looks === 0;
}

class JournalReader {
  readonly gaps: JournalGap[] = [];
  /** Of the generators whose files were read, by their ids. */
  readonly clocks = new Map<string, Clock>();
  private readonly manifest: Manifest;
  private readonly places: JournalPlaces;
  /** The run that every file must belong to; null takes any. */
  private readonly runId: string | null;

  constructor(manifest: Manifest, places: JournalPlaces) {
    this.manifest = manifest;
    this.places = places;
    this.runId = places.oneRun ? manifest.runId : null;
  }

  scenario(window: ScenarioWindow): RecordedScenario {
    this.noteExit(window);
    const { name } = window;
    // Before the ledger: of a run that still goes on the ledger is ahead of the timeline.
    const { timeline, counted } = this.timeline(window);
    const pieces = piecesIn(this.places.generators, name, (id) => this.clockOf(id));
    if (pieces.length > 0) {
      const inPieces = new LedgerPieces(pieces, this.runId, counted);
      for (const [index, { id }] of this.places.generators.entries()) {
        const isThere = pieces.some(({ files }) => files.some(({ generator }) => generator === index));
        if (!isThere) this.gaps.push(gapOfFile(journalFiles.ledger(id, name), unfinished.missing));
      }
      return { name, window, ...this.summary(name), timeline, ledger: null, pieces: inPieces };
    }
    const { ledger, requests } = this.ledger(name);
    const { kind } = this.manifest.profile.readback;
    if ((kind === 'command' || kind === 'query') && ledger !== null) {
      this.take(journalFiles.effects(name), this.places.effectsFile(name), (path) =>
        readEffects(path, { runId: this.runId, startedAtUs: this.manifest.startedAtUs }, ledger),
      );
    }
    for (const [index, { id }] of this.places.generators.entries()) {
      const [held, ofTimeline] = [requests.get(index), counted.get(index) ?? null];
      const problems = held === undefined ? [] : missingRows({ requests: held, counted: ofTimeline, pieces: [] });
      this.gaps.push(...problems.map((text) => gapOfFile(journalFiles.ledger(id, name), { text })));
    }
    return { name, window, ...this.summary(name), timeline, ledger, pieces: null };
  }

  server(id: string, path: string): ServerTimeline | null {
    const file = journalFiles.monitor(id);
    let found: ServerTimeline | null = null;
    const place = placeOfMonitor(this.manifest, { id, oneRun: this.places.oneRun, clocks: this.places.clocks });
    // A long one is in several files, the first of them packed.
    const isThere = this.take(file, monitorPiecesOf(path)[0]?.path ?? path, () => {
      const { server, end } = readServer(path, place);
      found = server;
      return end;
    });
    const problem = remoteMonitor(this.manifest, id)?.problem ?? null;
    if (problem !== null) this.gaps.push(gapOfFile(file, { text: problem }));
    if (isThere && found === null) this.gaps.push(gapOfFile(file, { text: 'it does not say which server it watched' }));
    if (found !== null && isOfAnotherTime(found))
      this.gaps.push(gapOfFile(file, { text: 'it holds nothing of the time of this run' }));
    return found;
  }

  private noteExit(window: ScenarioWindow): void {
    const { name, endedAtUs, exceptions = [] } = window;
    // What was not sent because of them is a gap of its own, by the plan. A check after the signal is missing nowhere else.
    for (const exception of exceptions) {
      const problem = `${exceptionInWords(exception)}; a check may have been skipped`;
      for (const { id } of this.places.generators) this.gaps.push({ file: journalFiles.summary(id, name), problem });
    }
    if (endedAtUs === null) {
      this.gaps.push(gapOf(journalFiles.manifest, within(`${name} `, unfinished.scenario)));
      return;
    }
    if (this.manifest.interrupted) return;
    const { generators = this.places.generators.map(({ id }) => ({ id, ...window, problem: null })) } = window;
    for (const { id, problem, ...exit } of generators) {
      const file = journalFiles.timeline(id, name);
      const exited = exitProblem(exit);
      // The runner tells it without its subject.
      if (problem !== null) this.gaps.push(gapOf(file, { text: `${id} ${problem}` }));
      else if (exited !== null) this.gaps.push(gapOf(file, { text: exited }));
    }
  }

  /** Generators count apart; their sums are the scenario's. Null if one of them has no summary. */
  private summary(name: ScenarioName): Pick<RecordedScenario, 'summary' | 'k6Metrics'> {
    let sum: SummaryCounts | null = null;
    const parts: ReadonlyMap<string, K6Metric>[] = [];
    let isWhole = this.places.generators.length > 0;
    for (const { id, folder } of this.places.generators) {
      const file = journalFiles.summary(id, name);
      const { counts, metrics, problem } = readSummary(join(folder, basename(file)));
      if (metrics !== null) parts.push(metrics);
      if (problem !== null) this.gaps.push(gapOfFile(file, problem));
      if (counts === null) isWhole = false;
      else sum = sum === null ? counts : addSummary(sum, counts);
    }
    return isWhole ? { summary: sum, k6Metrics: mergedMetrics(parts) } : { summary: null, k6Metrics: null };
  }

  /** Null if there is none; and how many requests each generator's file holds. */
  private ledger(name: ScenarioName): {
    readonly ledger: Ledger | null;
    readonly requests: ReadonlyMap<number, number>;
  } {
    const ledger = new Ledger();
    const requests = new Map<number, number>();
    for (const [index, { id, folder }] of this.places.generators.entries()) {
      const file = journalFiles.ledger(id, name);
      const how = { runId: this.runId, generator: index, clockOf: this.clockOf(id) };
      const read = (path: string): NdjsonEnd => readLedgerInto(ledger, path, how);
      const before = ledger.length;
      if (this.take(file, join(folder, basename(file)), read)) requests.set(index, ledger.length - before);
    }
    return { ledger: requests.size > 0 ? ledger : null, requests };
  }

  /** Null if there is none; and how many requests each generator's file counts. */
  private timeline(window: ScenarioWindow): {
    readonly timeline: Timeline | null;
    readonly counted: ReadonlyMap<number, number>;
  } {
    const { name } = window;
    const timeline = new TimelineReader(window);
    let isAny = false;
    for (const [index, { id, folder }] of this.places.generators.entries()) {
      const file = journalFiles.timeline(id, name);
      const read = (path: string): NdjsonEnd => timeline.read(path, this.runId, this.clockOf(id), index);
      isAny = this.take(file, join(folder, basename(file)), read) || isAny;
    }
    return { timeline: isAny ? timeline.finish() : null, counted: timeline.requests };
  }

  private clockOf(id: string): ClockOfFile {
    const clockOf = clockOfGenerator(this.manifest, { id, oneRun: this.places.oneRun, clocks: this.places.clocks });
    return (pair) => {
      const clock = clockOf(pair);
      this.clocks.set(id, clock);
      return clock;
    };
  }

  /** Reads one file and notes what is wrong with it. False if it does not exist. */
  private take(file: string, path: string, read: (path: string) => Pick<NdjsonEnd, 'problems'>): boolean {
    if (!existsSync(path)) {
      const isGenerators = file.startsWith(journalFiles.generatorsFolder);
      const isOfStock = this.manifest.k6Build === 'stock' && isGenerators;
      this.gaps.push(
        gapOfFile(file, isOfStock ? { text: 'it is missing: a stock k6 writes none' } : unfinished.missing),
      );
      return false;
    }
    try {
      this.gaps.push(...read(path).problems.map((problem) => gapOfFile(file, problem)));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.gaps.push(gapOfFile(file, unreadable(error)));
    }
    return true;
  }
}
