import { createHash, timingSafeEqual } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { maxAnswerBytes } from '../../contract/journal/monitor-service.ts';

// What a monitor and a generator elsewhere have in common: they show parts of files to whoever knows a secret.

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** In the same time for every wrong one. */
export function isSameSecret(given: string | undefined, secret: string): boolean {
  return timingSafeEqual(digest(given ?? ''), digest(secret));
}

export function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Length': 0 }).end();
}

/** 0 for a file that is not there. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** A part of the file, from an offset on (RFC 9110, 14.2): of other ranges than `bytes=N-` and `bytes=N-M` there is none. */
export function answerPart(path: string, range: string | undefined, response: ServerResponse): void {
  const size = sizeOf(path);
  const asked = range === undefined ? { from: 0, to: size } : rangeIn(range);
  if (asked === null || asked.from >= size) {
    response.writeHead(416, { 'Content-Range': `bytes */${size}`, 'Content-Length': 0 }).end();
    return;
  }
  const length = Math.min(asked.to, size, asked.from + maxAnswerBytes) - asked.from;
  const bytes = readPart(path, asked.from, length);
  response
    .writeHead(206, {
      'Content-Type': 'application/x-ndjson',
      'Content-Range': `bytes ${asked.from}-${asked.from + bytes.length - 1}/${size}`,
      'Content-Length': bytes.length,
    })
    .end(bytes);
}

/** The first byte, and the one after the last. */
export function rangeIn(header: string): { readonly from: number; readonly to: number } | null {
  const [, from, last] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header) ?? [];
  if (from === undefined) return null;
  const to = last === '' || last === undefined ? Number.POSITIVE_INFINITY : Number(last) + 1;
  return to > Number(from) ? { from: Number(from), to } : null;
}

function readPart(path: string, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, 'r');
  try {
    let filled = 0;
    while (filled < length) {
      const read = readSync(file, bytes, filled, length - filled, from + filled);
      if (read === 0) break;
      filled += read;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}
