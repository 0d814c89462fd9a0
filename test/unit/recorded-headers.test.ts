import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { recordedHeaders } from '../../contract/request/recorded-headers.ts';
import '../fixtures/seed.ts';

const cases = z.array(
  z.object({
    headers: z.record(z.string(), z.array(z.string())),
    limited: z.boolean(),
    secrets: z.array(z.string()).default([]),
    text: z.string(),
  }),
);

test('what an answer says of limits is recorded as by our own sender, whose test reads the same cases', () => {
  const path = join(import.meta.dirname, '..', 'fixtures', 'recorded-headers.json');
  for (const { headers, limited, secrets, text } of cases.parse(JSON.parse(readFileSync(path, 'utf8')))) {
    const joined = Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.join(', ')]));
    assert.equal(recordedHeaders(joined, limited, secrets) ?? '', text);
  }
});

test('neither a token nor a secret of the request is recorded, whatever stands around it', () => {
  const secret = fc
    .string({ minLength: 8, maxLength: 40 })
    .filter((text) => text.trim() === text && !/^\*+$/.test(text));
  fc.assert(
    fc.property(fc.string(), secret, fc.string(), (before, hidden, after) => {
      const text = recordedHeaders({ 'Retry-After': before + hidden + after, Ratelimit: hidden }, true, [hidden]) ?? '';
      assert.equal(text.includes(JSON.stringify(hidden).slice(1, -1)), false, text);
      assert.match(text, /^[\x20-\x7e]+$/);
    }),
  );
});
