import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { journalFiles, pieceNumber } from '../../contract/journal/paths.ts';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { ClockOfFile } from './clock.ts';
import { EffectCounts } from './effect-counts.ts';
import { type Fields, numberIn, textIn } from './fields.ts';
import { readJournalFile } from './journal-file.ts';
import { type FileProblem, gapOfFile, type JournalGap, within } from './journal-gap.ts';
import { unreadable } from './json-file.ts';
import { Ledger } from './ledger.ts';
import { missingRows } from './missing-rows.ts';
import type { IsWanted, NdjsonEnd } from './ndjson.ts';
import { readLedgerInto } from './read-ledger.ts';

/** A file of one generator. */
export interface PieceFile {
  /** The ledger of that generator, as the journal names it. */
  readonly file: string;
  readonly path: string;
  /** Index of the generator in the run's list. */
  readonly generator: number;
  readonly clockOf: ClockOfFile;
}

/** The files of all generators that hold the same phases. */
export interface LedgerPiece {
  readonly number: number;
  readonly files: readonly PieceFile[];
}

/** The pieces of a scenario in the folders of the generators; none where each ledger is one file. */
export function piecesIn(
  folders: readonly { readonly id: string; readonly folder: string }[],
  scenario: ScenarioName,
  clockOf: (id: string) => ClockOfFile,
): readonly LedgerPiece[] {
  const pieces = new Map<number, PieceFile[]>();
  for (const [generator, { id, folder }] of folders.entries()) {
    for (const [number, name] of pieceNames(folder, scenario)) {
      const files = pieces.get(number) ?? [];
      pieces.set(number, files);
      files.push({
        file: journalFiles.ledger(id, scenario),
        path: join(folder, name),
        generator,
        clockOf: clockOf(id),
      });
    }
  }
  return [...pieces].map(([number, files]) => ({ number, files }));
}

/** By number. While a piece is being packed both its files are there, and the unpacked one is whole. */
function pieceNames(folder: string, scenario: ScenarioName): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const number = pieceNumber(name, scenario);
    if (number !== null && !found.has(number)) found.set(number, name);
  }
  return found;
}

/** Lines begin with `{"sendUs"` or `{"headerSet"`; those of read-back with `{"effect"`, `{"readback"`, `{"pollFromUs"`, `{"seen"`. */
const isOfRequests: IsWanted = (buffer, start) => {
  const first = buffer[start + 2];
  return first === letter.h || (first === letter.s && buffer[start + 4] === letter.n);
};
const letter = { h: 0x68, n: 0x6e, s: 0x73 } as const;

function takeEffect(counts: EffectCounts, line: Fields): void {
  const effect = textIn(line, 'effect');
  const webhook = numberIn(line, 'webhook');
  if (effect !== null && webhook !== null) counts.add(effect, webhook, numberIn(line, 'processedAtUs') ?? 0);
  const readback = numberIn(line, 'readback');
  const effects = numberIn(line, 'effects');
  if (readback === null || effects === null) return;
  counts.readbacks.set(readback, effects);
  counts.pages.read.add(readback);
}

function problemsOf(read: () => NdjsonEnd): readonly FileProblem[] {
  try {
    return read().problems;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return [unreadable(error)];
  }
}

/** A ledger in pieces: one of them is held at a time. */
export class LedgerPieces {
  readonly pieces: readonly LedgerPiece[];
  /** What was wrong with the files, once they were read. */
  readonly gaps: JournalGap[] = [];
  private readonly runId: string | null;
  private readonly counted: ReadonlyMap<number, number>;

  /** @param counted requests that the timeline of each generator counts. */
  constructor(pieces: readonly LedgerPiece[], runId: string | null, counted: ReadonlyMap<number, number> = new Map()) {
    this.pieces = pieces.toSorted((a, b) => a.number - b.number);
    this.runId = runId;
    this.counted = counted;
  }

  /** What was read back, of all pieces: it is told after the last request. The first signal of a generator says how its ids begin. */
  effects(): EffectCounts {
    const counts = new EffectCounts();
    const known = new Set<number>();
    for (const { path, generator } of this.files()) {
      const isWanted: IsWanted = (buffer, start) => !known.has(generator) || !isOfRequests(buffer, start);
      // What is wrong with the file is said when its requests are read.
      problemsOf(() =>
        readJournalFile(path, { format: 'ledger', runId: this.runId, isWanted }, (line) => {
          const signal = textIn(line, 'signal');
          if (signal === null) takeEffect(counts, line);
          else {
            counts.expect(signal);
            known.add(generator);
          }
          return null;
        }),
      );
    }
    return counts;
  }

  /** The requests of each piece, one after the other. */
  forEach(visit: (ledger: Ledger, number: number) => void): void {
    this.gaps.length = 0;
    const ofGenerators = new Map<number, { readonly file: string; readonly pieces: number[]; requests: number }>();
    for (const { number, files } of this.pieces) {
      const ledger = new Ledger();
      for (const { file, path, generator, clockOf } of files) {
        const before = ledger.length;
        const how = { runId: this.runId, generator, clockOf, isWanted: isOfRequests };
        for (const problem of problemsOf(() => readLedgerInto(ledger, path, how))) {
          this.gaps.push(gapOfFile(file, within(`piece ${number}: `, problem)));
        }
        const all = ofGenerators.get(generator) ?? { file, pieces: [], requests: 0 };
        ofGenerators.set(generator, all);
        all.pieces.push(number);
        all.requests += ledger.length - before;
      }
      visit(ledger, number);
    }
    for (const [generator, { file, ...read }] of ofGenerators) {
      const counted = this.counted.get(generator) ?? null;
      this.gaps.push(...missingRows({ ...read, counted }).map((text) => gapOfFile(file, { text })));
    }
  }

  private files(): readonly PieceFile[] {
    return this.pieces.flatMap(({ files }) => files);
  }
}
