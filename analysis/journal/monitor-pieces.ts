import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pieceOfMonitor } from '../../contract/journal/monitor-pieces.ts';

export interface MonitorPiece {
  /** From 1 on. */
  readonly number: number;
  readonly path: string;
}

/**
 * The files of a monitor whose first one is at `path`, in order; none if there is none. While a file is being packed both are
 * there, and the unpacked one is whole.
 */
export function monitorPiecesOf(path: string): readonly MonitorPiece[] {
  const first = pieceOfMonitor(basename(path));
  const folder = dirname(path);
  if (first === null) return existsSync(path) ? [{ number: 1, path }] : [];
  const found = new Map<number, string>();
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const piece = pieceOfMonitor(name);
    if (piece !== null && piece.id === first.id && !found.has(piece.number))
      found.set(piece.number, join(folder, name));
  }
  return [...found].map(([number, file]) => ({ number, path: file })).toSorted((a, b) => a.number - b.number);
}
