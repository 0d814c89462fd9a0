import { open, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

const compress = promisify(gzip);

/** Of text make a gzip member: a reader holds one. */
const memberBytes = 1 << 20;
/** Where the fixed header of a gzip member ends. */
const headBytes = 10;
const flagsAt = 3;
const hasExtra = 4;

/**
 * Replaces a file by <path>.gz, as the generator packs pieces of its ledger: a row of gzip members of which each tells its own
 * length, see analysis/journal/gzip-members.ts. Until that is whole the file stays.
 */
export async function packFile(path: string): Promise<void> {
  const part = `${path}.gz.part`;
  const from = await open(path, 'r');
  try {
    const to = await open(part, 'w');
    try {
      const text = Buffer.alloc(memberBytes);
      for (;;) {
        const { bytesRead } = await from.read(text, 0, memberBytes, null);
        if (bytesRead === 0) break;
        await to.writeFile(await memberOf(text.subarray(0, bytesRead)));
      }
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
  await rename(part, `${path}.gz`);
  await rm(path);
}

/** A gzip member whose header has the extra field `WS`, with the length of the whole member in four bytes. */
async function memberOf(text: Buffer): Promise<Buffer> {
  const plain = await compress(text, { level: constants.Z_BEST_SPEED });
  const extra = Buffer.from([8, 0, 0x57, 0x53, 4, 0, 0, 0, 0, 0]);
  extra.writeUInt32LE(plain.length + extra.length, extra.length - 4);
  const head = Buffer.from(plain.subarray(0, headBytes));
  head.writeUInt8(hasExtra, flagsAt);
  return Buffer.concat([head, extra, plain.subarray(headBytes)]);
}
