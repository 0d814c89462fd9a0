import { hmac, randomBytes } from 'k6/crypto';
import { b64decode } from 'k6/encoding';
import type { Cryptography } from '../contract/request/signed-words.ts';

export const k6Cryptography: Cryptography = {
  hmac: ({ algorithm, key, text, encoding }) => hmac(algorithm, key, text, encoding),
  base64Bytes: (text) => b64decode(text, 'rawstd'),
  randomBytes,
};
