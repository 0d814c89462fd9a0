import { createHmac, randomBytes } from 'node:crypto';
import type { Cryptography } from '../../contract/request/signed-words.ts';

const bytesOf = (buffer: Buffer): ArrayBuffer => new Uint8Array(buffer).buffer;

export const nodeCryptography: Cryptography = {
  hmac: ({ algorithm, key, text, encoding }) =>
    createHmac(algorithm, typeof key === 'string' ? key : new Uint8Array(key))
      .update(text)
      .digest(encoding),
  base64Bytes: (text) => bytesOf(Buffer.from(text, 'base64')),
  randomBytes: (count) => bytesOf(randomBytes(count)),
};
