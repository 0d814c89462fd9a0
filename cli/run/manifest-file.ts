import { renameSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { journalFiles, type Manifest } from '../../contract/journal/journal.ts';

/** run.json, always whole: written beside and renamed, so that a kill at any moment leaves the last state. */
export class ManifestFile {
  private readonly folder: string;
  manifest: Manifest;

  constructor(folder: string, manifest: Manifest) {
    this.folder = folder;
    this.manifest = manifest;
    this.change({});
  }

  change(changes: Partial<Manifest>): void {
    this.manifest = { ...this.manifest, ...changes };
    const path = join(this.folder, journalFiles.manifest);
    writeFileSync(`${path}.new`, `${JSON.stringify(this.manifest, null, 2)}\n`);
    renameSync(`${path}.new`, path);
  }
}

/** What two runs must share to be compared. */
export function environmentFingerprint(): Manifest['environment'] {
  const processors = cpus();
  return {
    os: `${type()} ${release()}`,
    cpuModel: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
  };
}
