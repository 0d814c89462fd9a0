import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configText } from '../../cli/init/config-text.ts';
import { curlRequest } from '../../cli/init/curl-command.ts';
import { type Draft, workedOut } from '../../cli/init/draft.ts';
import { draftFromCurl } from '../../cli/init/from-curl.ts';
import { shellWords } from '../../cli/init/shell-words.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';

const draftOf = (command: string): Draft => draftFromCurl(curlRequest(command));

/** The profile of a command: it is valid, and no secret is in the file. */
function profileOf(command: string) {
  const draft = draftOf(command);
  const { profile, problems } = readProfile(workedOut(draft.target));
  assert.deepEqual(problems, [], configText(draft));
  assert.ok(profile !== null);
  assert.doesNotMatch(configText(draft), /canary/);
  return { profile, secrets: Object.fromEntries(draft.secrets), text: configText(draft) };
}

describe('words of a shell', () => {
  for (const [text, words] of [
    [`curl -d 'a b'"c"\\ d`, ['curl', '-d', 'a bc d']],
    ['curl \\\n  -X POST\\\r\n -d "a\\"b\\$c\\d"', ['curl', '-X', 'POST', '-d', 'a"b$c\\d']],
    [`curl $'a\\n\\u0041\\x21\\'b' ''`, ['curl', "a\nA!'b", '']],
    ['curl ^"http://x/^" ^\r\n  -H ^"a: ^\\^"b^\\^"^"', ['curl', 'http://x/', '-H', 'a: "b"']],
    ['curl a; rm -rf /', ['curl', 'a']],
    ['curl a | sh && b', ['curl', 'a']],
    ['curl "$TOKEN" $(id)', ['curl', '$TOKEN', '$(id)']],
  ] as const) {
    test(JSON.stringify(text), () => assert.deepEqual(shellWords(text), words));
  }
  test('a quote that is not closed is named', () => {
    for (const text of [`curl 'a`, 'curl "a', `curl $'a`]) assert.throws(() => shellWords(text), /is not closed/);
  });
});

describe('commands as people paste them', () => {
  test('a plain one: JSON without a content type, a secret in a header', () => {
    const { profile, secrets, text } = profileOf(
      `curl -X POST http://127.0.0.1:8000/hooks/canary-name -H 'X-Api-Key: canary-key' ` +
        `-d '{"signal_id":"abc-1","side":"BUY","symbol":"AAPL","qty":5,"price":101.5,"note":"hello","live":false}'`,
    );
    assert.equal(profile.baseUrl, 'http://127.0.0.1:8000');
    assert.equal(profile.request.path, '/hooks/{token}');
    assert.deepEqual(profile.secret, { in: 'header', name: 'X-Api-Key', prefix: '' });
    assert.match(text, /The header X-Api-Key of the command: WEBHOOK_SECRET holds its value\./);
    assert.deepEqual(profile.request.body, {
      ...{ signal_id: '{id}', side: '{action}', symbol: '{ticker}', qty: '{quantity}', price: '{price}' },
      ...{ note: 'hello', live: false },
    });
    assert.deepEqual(secrets, { WEBHOOK_SECRET: 'canary-key', WEBHOOK_TOKEN: 'canary-name' });
    assert.deepEqual(profile.idempotency.kind === 'ttl' && profile.idempotency.fields, ['signal_id']);
  });

  test('an action or a ticker that is written otherwise than in signals is kept as it is', () => {
    for (const [name, value, expected] of [
      ['action', 'buy', 'buy'],
      ['side', 'Sell', 'Sell'],
      ['direction', 'long', 'long'],
      ['symbol', 'btc-usd', 'btc-usd'],
      ['ticker', 'NASDAQ:AAPL', 'NASDAQ:AAPL'],
      ['action', 'SELL', '{action}'],
      ['side', '{{strategy.order.action}}', '{action}'],
      ['side', 'string', '{action}'],
      ['action', '', '{action}'],
      ['ticker', '$TICKER', '{ticker}'],
      ['symbol', 'EURUSD', '{ticker}'],
    ] as const) {
      const { profile, text } = profileOf(`curl http://h/x -d '${JSON.stringify({ id: 'a-1', [name]: value })}'`);
      assert.deepEqual(profile.request.body, { id: '{id}', [name]: expected }, value);
      const isKept = value === expected;
      assert.equal(
        text.replace(/\n\s*\/\//g, '').includes(`"${value}" in every signal, as it was given`),
        isKept,
        text,
      );
    }
  });

  test('where the command shows a UUID as an id, signals carry one; another version than ours is told', () => {
    const four = '3f2a9c5e-71d4-4b08-9a6f-0c1d2e3f4a5b';
    const one = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
    const bodyOf = (fields: object): unknown =>
      profileOf(`curl http://h/x -d '${JSON.stringify(fields)}'`).profile.request.body;
    assert.deepEqual(bodyOf({ id: four }), { id: '{uuid}' });
    assert.deepEqual(bodyOf({ order_id: one.toUpperCase(), desk: four }), { order_id: '{uuid}', desk: four });
    assert.deepEqual(bodyOf({ id: `ord_${four}` }), { id: 'ord_{uuid}' });
    assert.deepEqual(bodyOf({ id: 'sig-1', order: { uuid: four } }), { id: '{id}', order: { uuid: '{uuid}' } });
    assert.deepEqual(bodyOf({ guid: '' }), { guid: '{uuid}' });
    const told = (id: string): boolean =>
      /is a UUID of version 1, and \{uuid\} sends version 4/.test(
        profileOf(`curl http://h/x -d '{"id":"${id}"}'`).text.replace(/\s*\n\s*\/\/ /g, ' '),
      );
    assert.deepEqual([told(one), told(four), told('sig-1')], [true, false, false]);
    const { profile, text } = profileOf(
      `curl 'http://h/x?event_id=${four}' -H 'Idempotency-Key: ${four}' -H 'X-Request-Id: req_${four}' -d '{"side":"BUY"}'`,
    );
    assert.equal(profile.request.path, '/x?event_id={uuid}');
    assert.deepEqual(profile.request.headers, { 'Idempotency-Key': '{uuid}', 'X-Request-Id': 'req_{uuid}' });
    assert.deepEqual(profile.idempotency.kind === 'ttl' && profile.idempotency.headers, ['Idempotency-Key']);
    assert.doesNotMatch(text, /cannot be/);
  });

  test('a time of sending beside a signature is that of each signal, however it is written', () => {
    for (const [value, unit] of [
      ['1795749030', 's'],
      ['1795749030123', 'ms'],
      ['2026-11-27T03:00:00Z', 'iso'],
      ['$TS', 's'],
    ] as const) {
      const { profile, text } = profileOf(
        `curl http://127.0.0.1:8000/h -H "X-Timestamp: ${value}" -H 'X-Signature: sha256=0a1b' -d '{"signal_id":"a-1"}'`,
      );
      assert.ok(profile.secret.in === 'signature');
      const { headers, signed, timestamp } = profile.secret;
      assert.deepEqual(headers, { 'X-Signature': 'sha256={signature}', 'X-Timestamp': '{timestamp}' });
      assert.deepEqual([signed, timestamp], ['{timestamp}.{body}', unit]);
      assert.deepEqual(profile.request.headers, {});
      assert.match(text, /X-Timestamp: taken for the time of sending/);
    }
    const { profile, text } = profileOf(
      `curl http://h/x -H "X-Desk: \${DESK}" -H 'X-Runtime: 12' -d '{"signal_id":"a-1"}'`,
    );
    assert.equal(profile.request.headers['X-Runtime'], '12');
    assert.match(text, /X-Desk holds a variable of your shell/);
  });

  test('GitHub: its signature and its delivery', () => {
    const { profile, secrets } = profileOf(`curl --request POST \\
      --url https://example.com/webhook \\
      --header 'X-GitHub-Event: push' \\
      --header 'X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958' \\
      --header 'X-Hub-Signature-256: sha256=canary757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b' \\
      --data '{"ref":"refs/heads/main","id":1}'`);
    assert.equal(profile.secret.in, 'signature');
    assert.deepEqual(profile.secret.in === 'signature' && profile.secret.headers, {
      'X-Hub-Signature-256': 'sha256={signature}',
    });
    assert.deepEqual(profile.request.headers, { 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': '{uuid}' });
    assert.deepEqual(secrets, {});
  });

  test('Stripe: an id keeps what it begins with', () => {
    const { profile } = profileOf(
      `curl https://example.com/stripe -H "Stripe-Signature: t=1492774577,v1=canary" -H "Content-Type: application/json" ` +
        `--data-binary '{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","data":{"object":{"id":"pi_1"}}}'`,
    );
    const { body } = profile.request;
    assert.equal(typeof body === 'object' && body.id, 'evt_{id}');
    assert.equal(profile.secret.in === 'signature' && profile.secret.toleranceSeconds, 300);
  });

  test('Svix: its own names of the Standard Webhooks headers', () => {
    const { profile } = profileOf(`curl -X POST https://example.com/in -H 'svix-id: msg_p5jXN8AQM9LWM0D4loKWxJek' \\
      -H 'svix-timestamp: 1614265330' -H 'svix-signature: v1,canaryg0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' \\
      --json '{"test": 2432232314}'`);
    assert.deepEqual(profile.secret.in === 'signature' && profile.secret.headers, {
      'svix-id': '{id}',
      'svix-timestamp': '{timestamp}',
      'svix-signature': 'v1,{signature}',
    });
  });

  test("a browser's copy: what clients send of themselves is left out", () => {
    const { profile, secrets } = profileOf(`curl 'https://app.example.com/api/alerts?lang=en&api_key=canary-key' \\
      -H 'accept: */*' -H 'accept-language: en-US,en;q=0.9' -H 'content-type: application/json' -b 'session=canary-cookie' \\
      -H 'origin: https://app.example.com' -H 'sec-ch-ua: "Chromium";v="130"' -H 'user-agent: Mozilla/5.0' \\
      --data-raw $'{"ticker":"BTCUSD","comment":"it\\'s"}' --compressed --insecure`);
    assert.equal(profile.request.path, '/api/alerts?lang=en');
    assert.deepEqual(profile.secret, { in: 'query', name: 'api_key' });
    assert.deepEqual(profile.request.headers, { 'X-Request-Id': '{id}' });
    assert.deepEqual(secrets, { WEBHOOK_SECRET: 'canary-key' });
    const { body } = profile.request;
    assert.deepEqual(body, { ticker: '{ticker}', comment: "it's" });
  });

  test('bearer, basic, forms, and a secret within the body', () => {
    const bearer = profileOf(`curl -H "Authorization: Bearer canary" -d '{"id":7}' localhost:8000/in`);
    assert.deepEqual(bearer.profile.secret, { in: 'header', name: 'Authorization', prefix: 'Bearer ' });
    assert.match(
      bearer.text,
      /The header Authorization of the command: WEBHOOK_SECRET holds its value, without "Bearer "\./,
    );
    assert.equal(bearer.profile.baseUrl, 'http://localhost:8000');
    assert.deepEqual(bearer.profile.request.body, { id: '{n}' });
    const basic = profileOf(`curl -sSu me:canary -d 'symbol=AAPL&size=3&uuid=x' http://127.0.0.1/in`);
    assert.equal(basic.profile.request.contentType, 'application/x-www-form-urlencoded');
    assert.deepEqual(basic.profile.request.body, { symbol: '{ticker}', size: '{quantity}.50', uuid: '{id}' });
    assert.equal(Buffer.from(basic.secrets.WEBHOOK_SECRET ?? '', 'base64').toString(), 'me:canary');
    const inBody = profileOf(
      `curl http://127.0.0.1/in --json '{"passphrase":"canary-phrase","id":"1","echo":"canary-phrase"}'`,
    );
    assert.deepEqual(inBody.profile.secret, { in: 'body', field: 'passphrase' });
    assert.deepEqual(inBody.profile.request.body, { id: '{id}', echo: '{secret}' });
  });

  test('what cannot be taken is one clear sentence', () => {
    for (const [command, says] of [
      ['wget http://x', /does not begin with curl/],
      ['curl', /has no URL/],
      ['curl ftp://x/y', /has no URL that begins with http/],
      ['curl http://x -F a=b', /multipart forms/],
      ['curl http://x -d @/etc/passwd', /no file is read/],
      ['curl http://x --frobnicate', /--frobnicate of curl is not known/],
      ['curl -X DELETE http://x', /it sends DELETE/],
    ] as const) {
      assert.throws(() => draftOf(command), says, command);
    }
  });
});

test('hostile values stay texts: nothing ends a literal or a comment, and braces are no placeholders', () => {
  const hostile = `*/ \u2028 process.exit(1) // ' \\ \${x} {nonsense}`;
  const { profile, text } = profileOf(
    `curl 'http://127.0.0.1/a%27b/{evil}' -H 'X-Note: {oops}' -d '${JSON.stringify({ id: 'a', "a'b": hostile, __proto__x: 1 }).replaceAll("'", "'\\''")}'`,
  );
  const { body } = profile.request;
  assert.ok(typeof body === 'object');
  assert.equal(body["a'b"], hostile.replace('{nonsense}', '(nonsense)').replace('{x}', '(x)'));
  assert.equal(profile.request.headers['X-Note'], '(oops)');
  assert.doesNotMatch(text, /\u2028/);
  assert.equal(
    text
      .split('\n')
      .filter((line) => /^\s*\/\//.test(line))
      .join('\n')
      .includes('process.exit'),
    false,
  );
});
