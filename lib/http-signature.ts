import { hmac, randomBytes } from 'k6/crypto';
import { b64decode } from 'k6/encoding';
import { withoutPrefix } from '../contract/profile/signing-key.ts';
import { fillSegments, type SignalWords } from './request-program.ts';
import type { Proof } from './sent-request.ts';
import type { Segment, SignatureProgram } from './signature-program.ts';

// What k6/sender/signature.go does, for a k6 without it.

function hexBytes(text: string): ArrayBuffer {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer;
}

function keyOf({ encoding, prefix }: SignatureProgram['key'], secret: string): string | ArrayBuffer {
  const written = withoutPrefix(secret, prefix);
  if (encoding === 'hex') return hexBytes(written);
  return encoding === 'base64' ? b64decode(written.replace(/=+$/, ''), 'rawstd') : written;
}

export function timestampText(format: SignatureProgram['timestamp'], atMs: number): string {
  if (format === 'iso') return new Date(atMs).toISOString();
  return String(format === 's' ? Math.floor(atMs / 1000) : atMs);
}

/** A UUID of version 4. */
function newRequestId(): string {
  const hex = Array.from(new Uint8Array(randomBytes(16)), (byte, at) =>
    (at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, '0'),
  ).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The words of another signal, of which nothing is sent but the signature. */
const ofAnother = (words: SignalWords): SignalWords => ({
  ...words,
  id: `${words.id}0`,
  n: Number(words.n) * 10,
  quantity: Number(words.quantity) * 10,
});

/** Words with the signature of the request that they make. */
export function withSignature(
  program: SignatureProgram,
  body: readonly Segment[] | null,
  words: SignalWords,
  { flaw = 'none', atMs = Date.now(), requestId }: Partial<Proof> = {},
): SignalWords {
  const timestamp = timestampText(program.timestamp, atMs);
  const sent = { ...words, timestamp, request_id: program.usesRequestId ? (requestId ?? newRequestId()) : '' };
  const ofBody = flaw === 'other-body' ? ofAnother(sent) : sent;
  const signed = fillSegments(program.signed, {
    ...sent,
    body: body === null ? '' : fillSegments(body, ofBody),
    params: program.params === null ? '' : fillSegments(program.params, ofBody),
  });
  const signature = hmac(program.algorithm, keyOf(program.key, String(words.secret)), signed, program.encoding);
  return { ...sent, signature: flaw === 'wrong' ? altered(signature) : signature };
}

/** Another signature of the same form. */
const altered = (signature: string): string => (signature.startsWith('a') ? 'b' : 'a') + signature.slice(1);
