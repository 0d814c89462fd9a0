import { cpus, release, totalmem, type } from 'node:os';
import { join, relative } from 'node:path';
import type { Manifest } from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { UnwritableFileError } from '../../contract/journal/unwritable-file.ts';
import { lazy } from '../../contract/profile/lazy.ts';
import { atomicWrite } from '../atomic-write.ts';

/**
 * run.json, always whole: written beside and renamed, so that a kill at any moment leaves the last state. Where the disk refuses
 * it, the state stays in memory, and the report is made of that.
 */
export class ManifestFile {
  readonly #folder: string;
  #manifest: Manifest;

  constructor(folder: string, manifest: Manifest) {
    this.#folder = folder;
    this.#manifest = manifest;
    this.change({});
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  change(changes: Partial<Manifest>): void {
    this.#manifest = { ...this.#manifest, ...changes };
    try {
      this.#write();
    } catch (error) {
      if (!(error instanceof UnwritableFileError)) throw error;
      this.#note(error.path, error.refusal);
    }
  }

  /** Notes a file that its writer could not write; what depends on the run is then inconclusive. */
  noteUnwritable(path: string, refusal: string): void {
    if (this.#note(path, refusal)) this.change({});
  }

  /** Files of this run that could not be written. */
  get unwritable(): NonNullable<Manifest['unwritable']> {
    return this.#manifest.unwritable ?? [];
  }

  #write(): void {
    atomicWrite(join(this.#folder, journalFiles.manifest), `${JSON.stringify(this.#manifest, null, 2)}\n`);
  }

  /** @returns whether it is news. */
  #note(path: string, refusal: string): boolean {
    const file = relative(this.#folder, path);
    if (this.unwritable.some((noted) => noted.file === file)) return false;
    this.#manifest = { ...this.#manifest, unwritable: [...this.unwritable, { file, refusal }] };
    return true;
  }
}

/** What two runs must share to be compared. Asked of the system once: it does not change. */
export const environmentFingerprint = lazy((): Manifest['environment'] => {
  const processors = cpus();
  return {
    os: `${type()} ${release()}`,
    cpuModel: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
  };
});
