import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FilesAnswer, filesAnswer, generatorService } from '../../contract/journal/generator-service.ts';
import { isSystemError, UnwritableFileError } from '../../contract/journal/unwritable-file.ts';
import { sha256Of } from '../generator/journal-folder.ts';
import { Unreachable } from './api-client.ts';
import type { PodLink } from './pod-link.ts';

type Listed = FilesAnswer['files'][number];

/** Of one generator and all its scenarios: what it sends beyond that is cut, and told. */
const maxCopyBytes = 8 * 2 ** 30;
/** One look while it runs takes so much at most of each file: the rest comes with the next one. */
const maxLookBytes = 32 << 20;
/** What k6 adds to the name of a piece that it packs. */
const packed = '.gz';
const attempts = 5;
const pauseMs = 1000;

/** Copies what a generator elsewhere writes, as it grows: what was fetched outlives its pod. */
export class JournalCopy {
  readonly #link: PodLink;
  readonly #folder: string;
  readonly #id: string;
  /** How much of each file is here. */
  readonly #copied = new Map<string, number>();
  #total = 0;
  #busy: Promise<unknown> = Promise.resolve();

  /** @param folder generators/ of the run. */
  constructor(link: PodLink, folder: string, id: string) {
    this.#link = link;
    this.#folder = folder;
    this.#id = id;
  }

  /** Fetches what is new. Rejects with Unreachable, or with UnwritableFileError if the disk here refuses. */
  async advance(): Promise<void> {
    const looking = this.#busy.then(() => this.#look());
    this.#busy = looking.catch(() => {});
    return looking;
  }

  /** Fetches the rest when k6 has ended, and compares digests. In words why the copy is not whole; null if it is. */
  async finish(): Promise<string | null> {
    await this.#busy;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#finishOnce();
      } catch (error) {
        if (error instanceof UnwritableFileError) return `its copy could not be written (${error.refusal})`;
        if (!(error instanceof Unreachable)) throw error;
        if (attempt === attempts) return `its journal could not be fetched to the end: ${error.message}`;
        await sleep(pauseMs);
      }
    }
  }

  async #list(): Promise<readonly Listed[]> {
    // A digest of a long file takes a while.
    const request = { method: 'GET', path: generatorService.files, timeoutMs: 120_000 } as const;
    const { files } = await this.#link.json(filesAnswer, request);
    // Whoever answers may be anybody: nothing is written beside this generator's own folder.
    return files.filter(({ path }) => path.startsWith(`${this.#id}/`));
  }

  async #look(): Promise<void> {
    const listed = await this.#list();
    for (const { path, bytes } of listed) {
      const from = this.#copied.get(path) ?? 0;
      await this.#copyTo(path, Math.min(bytes, from + maxLookBytes));
      if (path.endsWith(packed) && this.#copied.get(path) === bytes) this.#forgetUnpacked(path, listed);
    }
  }

  /** A piece that was packed there goes by another name: the copy of what it was is of no more use once the packed one is whole. */
  #forgetUnpacked(path: string, listed: readonly Listed[]): void {
    const unpacked = path.slice(0, -packed.length);
    if (listed.every((file) => file.path !== unpacked)) this.#forget(unpacked);
  }

  async #finishOnce(): Promise<string | null> {
    const listed = await this.#list();
    const gone = [...this.#copied.keys()].filter((path) => listed.every((file) => file.path !== path));
    for (const path of gone) this.#forget(path);
    for (const { path, bytes, sha256 } of listed) {
      if ((this.#copied.get(path) ?? 0) > bytes) this.#forget(path);
      await this.#copyTo(path, bytes);
      if (this.#total > maxCopyBytes) return `its journal is longer than ${maxCopyBytes} bytes`;
      if (sha256 === null) return 'k6 still writes its journal';
      if ((await this.#digestOf(path)) === sha256) continue;
      // Something was torn on the way: once more from the beginning.
      this.#forget(path);
      await this.#copyTo(path, bytes);
      if ((await this.#digestOf(path)) !== sha256) return `its copy of ${path} is not what the pod has`;
    }
    return null;
  }

  async #digestOf(path: string): Promise<string> {
    if (!this.#copied.has(path)) this.#append(path, Buffer.alloc(0));
    return sha256Of(join(this.#folder, path));
  }

  #forget(path: string): void {
    this.#total -= this.#copied.get(path) ?? 0;
    this.#copied.delete(path);
    rmSync(join(this.#folder, path), { force: true });
  }

  async #copyTo(path: string, end: number): Promise<void> {
    for (;;) {
      const from = this.#copied.get(path) ?? 0;
      if (from >= end || this.#total > maxCopyBytes) return;
      const { status, body, headers } = await this.#link.ask({
        ...{ method: 'GET', path: `${generatorService.file}${path}`, timeoutMs: 60_000 },
        headers: { Range: `bytes=${from}-${end - 1}` },
      });
      // It is shorter now, or was packed and goes by another name.
      if (status === 416 || status === 404) return;
      const range = /^bytes (\d{1,15})-/.exec(headers['content-range'] ?? '')?.[1];
      if (status !== 206 || Number(range) !== from || body.length === 0)
        throw new Unreachable(`it did not give ${path} (HTTP ${status})`);
      this.#append(path, body);
    }
  }

  #append(path: string, bytes: Buffer): void {
    const file = join(this.#folder, path);
    const from = this.#copied.get(path) ?? 0;
    try {
      writeAt(file, from, bytes);
    } catch (error) {
      throw isSystemError(error) ? new UnwritableFileError(file, error) : error;
    }
    this.#copied.set(path, from + bytes.length);
    this.#total += bytes.length;
  }
}

function writeAt(file: string, from: number, bytes: Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, from === 0 ? 'w' : 'r+');
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, from + at);
  } finally {
    closeSync(descriptor);
  }
}
