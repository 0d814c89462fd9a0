// What both senders put on the wire, checked by the vendors' own libraries.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { verify as verifyGitHub } from '@octokit/webhooks-methods';
import { build } from 'esbuild';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { forK6 } from '../../bundle/for-k6.ts';
import { isRespaceable } from '../../contract/profile/respaceable.ts';
import { alteredSecret } from '../../contract/request/false-secret.ts';
import type { Proof } from '../../contract/request/signed-words.ts';
import type { SentSignal } from '../../lib/sent-request.ts';
import { type BuiltInProfileName, builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';
import { seed } from '../fixtures/seed.ts';

const root = join(import.meta.dirname, '..', '..');
const k6 = process.env.K6_BIN ?? join(root, '.tools', 'k6');
const python = join(root, '.tools', 'venv', 'bin', 'python');
const run = promisify(execFile);

interface Arrived {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const arrived: Arrived[] = [];
const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    arrived.push({ url: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') });
    response.end('{}');
  });
});
let baseUrl = '';
const folder = mkdtempSync(join(tmpdir(), 'signatures-'));
const script = join(folder, 'send.js');

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await build({
    stdin: {
      contents: `import { sendSignal } from './lib/webhook-client.ts';
const sends = JSON.parse(open(__ENV.SENDS));
export default () => sends.forEach((sent) => sendSignal(sent));`,
      resolveDir: root,
    },
    outfile: script,
    ...forK6,
  });
});
after(() => server.close());

type Random = () => number;
const pick = (random: Random, from: string, length: number): string =>
  Array.from({ length }, () => from[Math.floor(random() * from.length)]).join('');
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

const textKey = (random: Random): string =>
  pick(random, `${letters} -_+/=&%é`, 1 + Math.floor(random() * 40)) + pick(random, letters, 4);
const base64Key = (random: Random): string =>
  `whsec_${Buffer.from(Array.from({ length: 24 + Math.floor(random() * 40) }, () => Math.floor(random() * 256))).toString('base64')}`;

interface Asked {
  readonly request: Arrived;
  readonly secret: string;
}
/** Whether each request is signed with its secret. */
type Check = (asked: readonly Asked[]) => Promise<readonly boolean[]> | readonly boolean[];

const each =
  (isRight: (request: Arrived, secret: string) => Promise<boolean> | boolean): Check =>
  (asked) =>
    Promise.all(asked.map(({ request, secret }) => isRight(request, secret)));

/** By the vendor's own library, in Python: those for Node are larger, or bring much. */
const byPython =
  (vendor: 'slack' | 'stripe' | 'twilio'): Check =>
  (asked) => {
    if (!existsSync(python)) throw new Error('run "make .tools/venv/.installed"');
    const lines = asked.map(({ request: { url, headers, body }, secret }) =>
      JSON.stringify({ vendor, secret, url: baseUrl + url, headers, body }),
    );
    const output = execFileSync(python, [join(root, 'test/third-party/vendor_verify.py')], { input: lines.join('\n') });
    return output
      .toString()
      .trim()
      .split('\n')
      .map((line) => line === 'true');
  };

function throwsNot(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return false;
  }
}

const vendors: readonly {
  readonly name: BuiltInProfileName;
  readonly secret: (random: Random) => string;
  readonly check: Check;
}[] = [
  {
    name: 'github',
    secret: textKey,
    check: each(async ({ headers, body }, secret) => {
      const signature = headers['x-hub-signature-256'];
      return typeof signature === 'string' && (await verifyGitHub(secret, body, signature));
    }),
  },
  {
    // Shopify's library brings its whole API; this is the algorithm of its documentation.
    name: 'shopify',
    secret: textKey,
    check: each(({ headers, body }, secret) => {
      const given = Buffer.from(String(headers['x-shopify-hmac-sha256'] ?? ''));
      const wanted = Buffer.from(createHmac('sha256', secret).update(body, 'utf8').digest('base64'));
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    }),
  },
  {
    name: 'stripe',
    secret: textKey,
    check: byPython('stripe'),
  },
  {
    name: 'standard-webhooks',
    secret: base64Key,
    check: each(({ headers, body }, secret) =>
      throwsNot(() => new StandardWebhook(secret).verify(body, headers as Record<string, string>)),
    ),
  },
  { name: 'slack', secret: textKey, check: byPython('slack') },
  { name: 'twilio', secret: textKey, check: byPython('twilio') },
  {
    name: 'tradingview',
    secret: (random) => pick(random, letters, 24),
    check: each(({ body }, secret) => JSON.parse(body).secret === secret),
  },
];

/** Right signals, and one with each flaw that the profile's signature can have. */
const proofs: readonly (readonly [proof: Proof, isRight: boolean])[] = [
  [{ flaw: 'none' }, true],
  [{ flaw: 'none' }, true],
  [{ flaw: 'none' }, true],
  [{ flaw: 'respaced' }, true],
  [{ flaw: 'wrong' }, false],
  [{ flaw: 'missing' }, false],
  [{ flaw: 'other-body' }, false],
  [{ flaw: 'cut' }, false],
  [{ flaw: 'short' }, false],
  [{ flaw: 'undecodable' }, false],
  [{ flaw: 'none', atMs: 0 }, false],
];

describe("signatures are right by the vendors' own libraries", { concurrency: 2 }, () => {
  for (const { name, secret: newSecret, check } of vendors) {
    const profile = builtInProfiles[name];
    const isSigned = profile.secret.in === 'signature';
    const hasAge = profile.secret.in === 'signature' && profile.secret.toleranceSeconds !== null;
    for (const sender of ['native', 'stock'] as const) {
      test(`${name}, sent by ${sender === 'native' ? 'our k6' : 'k6/http'}`, async () => {
        const random = seeded(seed);
        const token = `${name}-${sender}/${pick(random, letters, 8)}`;
        const secret = newSecret(random);
        const cases = proofs.filter(([{ flaw, atMs }]) => {
          if (atMs !== undefined) return hasAge;
          return isSigned || flaw === 'none' || flaw === 'missing';
        });
        const sends = cases.map(
          ([proof], n): SentSignal => ({
            webhook: { token, secret },
            index: 0,
            signal: {
              action: n % 2 === 0 ? 'BUY' : 'SELL',
              ticker: pick(random, 'ABC.:&+é', 6),
              quantity: 1 + n,
              price: Math.floor(random() * 1e5) / 100,
              signal_id: `${pick(random, letters, 9)}-g${n}`,
            },
            purpose: 'probe',
            options: { proof },
          }),
        );
        const file = join(folder, `${name}-${sender}.json`);
        writeFileSync(file, JSON.stringify(sends));
        await run(k6, ['run', '--quiet', '--no-color', script], {
          env: {
            ...process.env,
            ...{ SENDS: file, BASE_URL: baseUrl, WEBHOOK_TOKEN: token, WEBHOOK_SECRET: secret },
            STRESS_SENDER: sender === 'native' ? 'native' : 'k6-http',
            STRESS_PROFILE: JSON.stringify(profile),
          },
        });
        const own = arrived.filter(({ url }) => url.includes(encodeURIComponent(token)));
        assert.equal(own.length, cases.length);
        const right = await check(own.map((request) => ({ request, secret })));
        const byOther = await check(own.map((request) => ({ request, secret: alteredSecret(profile, secret) })));
        for (const [n, request] of own.entries()) {
          const [proof, expected] = cases[n] ?? [null, false];
          assert.equal(right[n], expected, `${JSON.stringify(proof)}: ${JSON.stringify(request)}`);
          assert.equal(byOther[n], false);
          const isSpaced = proof?.flaw === 'respaced' && isRespaceable(profile);
          assert.equal(request.body.includes('": '), isSpaced, request.body);
        }
      });
    }
  }
});
