import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { TestServer } from '../fixtures/servers.ts';
import { startFastapiSignalsServer } from '../third-party/servers.ts';

// The command as a user meets it, against a FastAPI server that this project did not write the framework of.

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const command = join(root, 'dist', 'cli', 'webhook-stress.js');
const folder = mkdtempSync(join(tmpdir(), 'init-'));
const secret = 'canary-fastapi-secret';
let server: TestServer;

before(async () => {
  server = await startFastapiSignalsServer(secret);
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly output: string;
}

async function stress(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const given = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env };
  try {
    const child = run(process.execPath, [command, ...words], { cwd: folder, env: given });
    child.child.stdin?.end();
    const { stdout, stderr } = await child;
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('stdout' in error) || !('stderr' in error)) throw error;
    return { code: Number(error.code), output: String(error.stdout) + String(error.stderr) };
  }
}

const written = (file = 'stress.config.ts'): string => readFileSync(join(folder, file), 'utf8');
const access = { WEBHOOK_TOKEN: 'hook-1', WEBHOOK_SECRET: secret };

async function typechecks(file: string): Promise<void> {
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  const modules = join(folder, 'node_modules');
  await run('mkdir', ['-p', modules]);
  symlinkSync(root, join(modules, 'webhook-stress'));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck', '--types', ''];
  await run(process.execPath, [tsc, ...options, file], { cwd: folder });
}

describe('init', () => {
  test("from FastAPI's document: it loads, type-checks, says what it guessed, and doctor finds no problem", async () => {
    const made = await stress(['init', '--openapi', `${server.url}/openapi.json`], access);
    assert.equal(made.code, 0, made.output);
    assert.match(made.output, /written from .*openapi\.json, POST \/hooks\/\{hook_token\}/);
    for (const subject of ['signal', 'repeat', 'wrong secret', 'health']) {
      assert.match(made.output, new RegExp(`✓ ok +${subject} `), made.output);
    }
    assert.doesNotMatch(made.output, /✗ problem|canary/);
    const text = written();
    assert.match(text, /\/\/ \{token\} in the path is its hook_token: WEBHOOK_TOKEN holds it/);
    assert.doesNotMatch(text, /canary/);
    const shown = await stress(['profile'], access);
    assert.equal(shown.code, 0, shown.output);
    const profile = JSON.parse(shown.output) as Record<string, unknown>;
    assert.deepEqual(profile.request, {
      ...{ method: 'POST', path: '/hooks/{token}', headers: {}, httpVersion: '1.1', contentType: 'application/json' },
      body: {
        ...{ signal_id: '{id}', action: '{action}', ticker: '{ticker}', quantity: '{quantity}', price: '{price}' },
      },
    });
    assert.deepEqual(profile.secret, { in: 'header', name: 'x-webhook-secret', prefix: '' });
    assert.equal((profile.limiter as { limit: number }).limit, 50);
    await typechecks('stress.config.ts');
  });

  test('it overwrites nothing without --force, and hangs nowhere without a terminal', async () => {
    writeFileSync(join(folder, 'mine.ts'), 'mine');
    const words = ['init', '--file', 'mine.ts', '--offline', '--curl', `curl ${server.url}/hook -d '{"id":"1"}'`];
    const refused = await stress(words);
    assert.equal(refused.code, 2);
    assert.match(refused.output, /mine\.ts exists already: --force overwrites it/);
    assert.equal(written('mine.ts'), 'mine');
    assert.equal((await stress([...words, '--force'])).code, 0);
    assert.match(written('mine.ts'), /defineTarget/);
    const alone = await stress(['init', '--file', 'other.ts']);
    assert.equal(alone.code, 2);
    assert.match(alone.output, /there is nobody to ask: give --openapi URL\|FILE or --curl COMMAND/);
    const both = await stress(['init', '--file', 'other.ts', '--curl', 'curl x', '--openapi', 'y']);
    assert.match(both.output, /--openapi and --curl are two sources: give one/);
    writeFileSync(join(folder, 'curl.txt'), 'curl http://127.0.0.1:1/hook');
    const named = await stress(['init', '--file', 'other.ts', '--curl', 'curl.txt']);
    assert.match(named.output, /curl\.txt is the name of a file: to read it from there, give --curl - < curl\.txt/);
  });

  test('from a curl command through stdin: its secrets are used for the check, and shown nowhere', async () => {
    const body = '{"signal_id":"s-1","action":"BUY","ticker":"AAPL","quantity":1,"price":2.5}';
    const text = `curl -X POST ${server.url}/hooks/hook-1 \\\n  -H 'X-Webhook-Secret: ${secret}' --json '${body}'`;
    const given = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
    const child = spawn(process.execPath, [command, 'init', '--curl', '-', '--file', 'curl.config.ts'], {
      cwd: folder,
      env: given,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    child.stdin.end(text);
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0, output);
    assert.match(output, /Nothing says yet how to read back what was processed: fill in readback in curl\.config\.ts/);
    assert.match(output, /Set WEBHOOK_SECRET to what the command held \(it is in no file\)/);
    assert.match(output, /✓ ok +signal .*answered 202: accepted/s);
    assert.doesNotMatch(output + written('curl.config.ts'), /canary/);
    await typechecks('curl.config.ts');
  });

  test('what keeps it from a document is one line', async () => {
    writeFileSync(join(folder, 'broken.yaml'), 'a: [1\nb: }');
    for (const [openapi, says] of [
      [
        `${server.url}/nowhere.json`,
        /nowhere\.json answered 404: where is the document\? FastAPI has it at \/openapi\.json/,
      ],
      [`${server.url}/health`, /is no OpenAPI document/],
      ['http://127.0.0.1:1/openapi.json', /no server answers at http:\/\/127\.0\.0\.1:1/],
      ['http://192.0.2.1/openapi.json', /is not loopback: add --allow-host/],
      ['missing.json', /missing\.json cannot be read/],
      ['broken.yaml', /broken\.yaml is neither JSON nor YAML/],
    ] as const) {
      const { code, output } = await stress(['init', '--file', 'x.ts', '--openapi', openapi]);
      assert.equal(code, 2, output);
      assert.match(output, says);
      assert.equal(output.trim().split('\n').length, 1, output);
    }
  });
});
