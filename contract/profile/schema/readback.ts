import * as z from 'zod/mini';
import { headers, path, text, whole } from './parts.ts';
import { byQuery } from './readback-query.ts';

/** How long read-back waits for targets that answer at once and process later. */
const patience = () => ({
  settleMs: z
    ._default(z.nullable(whole()), null)
    .check(
      z.describe(
        'Missing signals count as lost once nothing new was read back for this long. Set it longer than the pause of your worker. null: 20 s, or 65 s if the last signals are missing. If nothing is missing, nothing is waited for.',
      ),
    ),
  limitMs: z
    ._default(whole(), 120_000)
    .check(z.describe('Longest wait for a backlog to drain; if it still shrinks then, the verdict is inconclusive.')),
});

/** How the target tells what it processed. */
export const readback = () =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none').check(z.describe('What was processed cannot be read back.')) }),
    z.strictObject({
      kind: z.literal('url').check(z.describe('Pages of JSON list what was processed.')),
      path: z
        ._default(path(), '/api/v1/webhooks/{token}/signals?secret={secret}&after={after}&limit=1000')
        .check(
          z.describe(
            'Path and query of a page. {after} is 0 for the first page, then the value of next of the page before. Without {token} and {secret}, here and in headers, one list tells of all webhooks: it is read once.',
          ),
        ),
      headers: z
        ._default(headers(), {})
        .check(
          z.describe(
            "Headers of the request, with {token} and {secret}; {accessToken} is the token of the log-in of provisioning, {readbackToken} is READBACK_TOKEN, and for the second tenant's webhook SECOND_READBACK_TOKEN, if each tenant sees its own signals alone: without it READBACK_TOKEN must show those of both. path may hold all of these.",
          ),
        ),
      items: z
        ._default(z.nullable(text()), 'signals')
        .check(z.describe('Field that holds the list; null: the answer itself is the list.')),
      id: z._default(text(), 'signal_id').check(z.describe('Field of an item that holds the id of the signal.')),
      processedAtUs: z
        ._default(z.nullable(text()), 'processed_at_us')
        .check(
          z.describe(
            'Field of an item with the time at which it was processed: seconds to nanoseconds since 1970, or an ISO 8601 text; null: none.',
          ),
        ),
      next: z
        ._default(z.nullable(text()), 'next')
        .check(z.describe('Field with the value that asks for the next page; null: there is one page only.')),
      total: z
        ._default(z.nullable(text()), 'total')
        .check(z.describe('Field that counts all that was ever processed; null: none.')),
      ...patience(),
    }),
    z.strictObject({
      kind: z.literal('command').check(z.describe('A command prints what was processed.')),
      command: z
        .array(text())
        .check(
          z.minLength(1, 'must name a program'),
          z.describe('Program and arguments, run without a shell. It prints one JSON object with id per line.'),
        ),
      ...patience(),
    }),
    z.strictObject({ ...byQuery(), ...patience() }),
  ]);
