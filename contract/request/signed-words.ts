import type { Signature } from '../profile/profile.ts';
import { withoutPrefix } from '../profile/signing-key.ts';
import { withAnotherAt } from './false-secret.ts';
import { fillSegments, type RequestProgram, type SignalWords } from './request-program.ts';
import type { SignatureProgram } from './signature-program.ts';

// What k6/sender/signature.go does, for a k6 without it and for checks from Node.

/** Ways in which a signature has not the form of a right one. */
const malformed = ['cut', 'short', 'undecodable'] as const;
type Malformed = (typeof malformed)[number];

/** The ways take turns. */
export const malformedAt = (turn: number): Malformed => malformed[turn % malformed.length] ?? 'cut';

/** What is wrong on purpose with the proof of who sent a request, and what of it is the same as in an earlier one. */
export interface Proof {
  /**
   * The signature is that of nothing, is not there, is that of another body, or is none by its form. With `respaced` nothing is wrong:
   * the body has spaces in it, and the signature is that of its bytes.
   */
  readonly flaw: 'none' | 'respaced' | 'wrong' | 'missing' | 'other-body' | Malformed;
  /** The {timestamp}; left out: now. */
  readonly atMs?: number;
  /** The {request_id}; left out: a new one. */
  readonly requestId?: string;
}

/** What the runtime has for it: k6 and Node spell it differently. */
export interface Cryptography {
  hmac(keyed: {
    readonly algorithm: Signature['algorithm'];
    readonly key: string | ArrayBuffer;
    readonly text: string;
    readonly encoding: Signature['encoding'];
  }): string;
  /** Of base64 without padding. */
  base64Bytes(text: string): ArrayBuffer;
  randomBytes(count: number): ArrayBuffer;
}

function hexBytes(text: string): ArrayBuffer {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer;
}

function keyOf({ encoding, prefix }: SignatureProgram['key'], secret: string, by: Cryptography): string | ArrayBuffer {
  const written = withoutPrefix(secret, prefix);
  if (encoding === 'hex') return hexBytes(written);
  return encoding === 'base64' ? by.base64Bytes(written.replace(/=+$/, '')) : written;
}

export function timestampText(format: SignatureProgram['timestamp'], atMs: number): string {
  if (format === 'iso') return new Date(atMs).toISOString();
  return String(format === 's' ? Math.floor(atMs / 1000) : atMs);
}

/** A UUID of version 4. */
function newRequestId(by: Cryptography): string {
  const hex = Array.from(new Uint8Array(by.randomBytes(16)), (byte, at) =>
    (at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, '0'),
  ).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The words of another signal, of which nothing is sent but the signature. */
const ofAnother = (words: SignalWords): SignalWords => ({
  ...words,
  id: `${words.id}0`,
  n: Number(words.n) * 10,
  uuid: `${words.uuid}0`,
  quantity: Number(words.quantity) * 10,
});

/** Words with the signature of the request that they make. */
export function withSignature(
  { signature: program, body }: Pick<RequestProgram, 'body'> & { readonly signature: SignatureProgram },
  words: SignalWords,
  { flaw = 'none', atMs = Date.now(), requestId }: Partial<Proof>,
  by: Cryptography,
): SignalWords {
  const timestamp = timestampText(program.timestamp, atMs);
  const sent = { ...words, timestamp, request_id: program.usesRequestId ? (requestId ?? newRequestId(by)) : '' };
  const ofBody = flaw === 'other-body' ? ofAnother(sent) : sent;
  const text = fillSegments(program.signed, {
    ...sent,
    body: body === null ? '' : fillSegments(body, ofBody),
    params: program.params === null ? '' : fillSegments(program.params, ofBody),
  });
  const { algorithm, encoding } = program;
  const signature = by.hmac({ algorithm, key: keyOf(program.key, String(words.secret), by), text, encoding });
  return { ...sent, signature: flawed(signature, flaw) };
}

/** Neither hex nor base64 has a `!`; `zz` is a byte to a base64 decoder that needs no padding, and too short. */
function flawed(signature: string, flaw: Proof['flaw']): string {
  switch (flaw) {
    case 'wrong':
      return altered(signature);
    case 'cut':
      return signature.slice(0, signature.length / 2);
    case 'short':
      return 'zz';
    case 'undecodable':
      return '!'.repeat(signature.length);
    default:
      return signature;
  }
}

/**
 * Another signature of the same form, altered at its beginning, in its middle or near its end, as its own text has it: a server may compare
 * only a part of it. The last characters of a base64 text may hold no bit.
 */
function altered(signature: string): string {
  const places = [0, Math.floor(signature.length / 2), signature.length - 4];
  return withAnotherAt(signature, places[signature.charCodeAt(1) % places.length] ?? 0);
}
