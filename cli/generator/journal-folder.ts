import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FilesAnswer } from '../../contract/journal/generator-service.ts';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';

type Listed = FilesAnswer['files'][number];

const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What one generator wrote: files of a folder, which a runner fetches. */
export class JournalFolder {
  readonly #folder: string;
  readonly #id: string;
  /** By name and length: a file that has ended is read once. */
  readonly #digests = new Map<string, string>();

  constructor(folder: string, id: string) {
    this.#folder = folder;
    this.#id = id;
  }

  async list(withDigests: boolean): Promise<Listed[]> {
    const listed: Listed[] = [];
    for (const name of this.#names()) {
      const file = join(this.#folder, this.#id, name);
      const { size } = lstatSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
      const sha256 = withDigests ? await this.#digestOf(file, size) : null;
      listed.push({ path: `${this.#id}/${name}`, bytes: size, sha256 });
    }
    return listed;
  }

  /** Where a file of the list is; null for all else. */
  pathOf(path: string): string | null {
    const [id, name = '', ...more] = path.split('/');
    return id === this.#id && more.length === 0 && this.#names().includes(name)
      ? join(this.#folder, this.#id, name)
      : null;
  }

  /** Files alone: a link could lead out of the folder. */
  #names(): readonly string[] {
    try {
      return readdirSync(join(this.#folder, this.#id), { withFileTypes: true })
        .filter((entry) => entry.isFile() && fileName.test(entry.name))
        .map(({ name }) => name)
        .toSorted();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return [];
    }
  }

  async #digestOf(file: string, size: number): Promise<string> {
    const key = `${file}:${size}`;
    const known = this.#digests.get(key);
    if (known !== undefined) return known;
    const digest = await sha256Of(file);
    this.#digests.set(key, digest);
    return digest;
  }
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
