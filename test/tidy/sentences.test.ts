import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsedSentences } from './sentences.ts';

/** What has such a name and is no sentence of ours: each place under what it is. */
const others: Readonly<Record<string, readonly string[]>> = {
  'a list of codes': [
    'analysis/delivery/delivery-faults.ts: failureCauses.includes(cause)',
    'analysis/processes/end-causes.ts: reasons.includes(each)',
  ],
  'a list of the words of a command line': [
    "cli/init/curl-command.ts: /^(?:.*[/\\\\])?curl(?:\\.exe)?$/i.test(words[0] ?? '')",
    'cli/run/asked-scenarios.ts: words.includes(name)',
    "monitor/system/process-names.ts: words.indexOf('-m')",
    "monitor/system/process-names.ts: words.includes('-m')",
    'monitor/system/same-name.ts: words.includes(script)',
    "monitor/system/same-name.ts: words.includes('backend')",
    "monitor/system/same-program.ts: (words[0] ?? '').includes(' ')",
  ],
  'a list of the words in braces of a profile': [
    "cli/init/ask-readback.ts: words.includes('after')",
    "cli/init/ask-readback.ts: words.includes('secret')",
    "cli/init/ask-readback.ts: words.includes('readbackToken')",
    "cli/init/parts.ts: words.includes('secret')",
    'contract/profile/read-only-query.ts: words.includes(word)',
    "contract/profile/second-tenant.ts: words.includes('accessToken')",
    "contract/profile/signature-problems.ts: words.includes('params')",
    "contract/profile/signature-problems.ts: words.includes('url')",
    "contract/profile/signature-problems.ts: words.includes('path')",
  ],
  'the name of a header or a field, in words': [
    'contract/journal/redaction.ts: secretName.test(words)',
    'contract/journal/redaction.ts: describesSecret.test(words)',
  ],
  'a template of ours that is filled in': [
    "analysis/journal/earlier-causes.ts: words.includes('{')",
    "contract/journal/end-reasons.ts: endReasonWords[reason].replace('{exitCode}', String(exitCode ?? '?'))",
  ],
  'what older journals have alone': [
    'analysis/journal/earlier-causes.ts: pattern.exec(words)',
    'analysis/journal/probe-results.ts: beginning.test(reason)',
    'analysis/journal/probe-results.ts: /\\d+/.exec(reason)',
  ],
  'what others wrote: OpenSSL, Node, a parser, a store, k6, an OpenAPI document, a module of Go': [
    'cli/init/openapi-operations.ts: signalWords.test(words)',
    'cli/init/openapi-operations.ts: otherWords.test(words)',
    'cli/run/first-answer.ts: pattern.test(words)',
    "contract/journal/unwritable-file.ts: error.message.replace(/, \\w+(?: '.*)?$/s, '')",
    'cli/profile-file.ts: /position (\\d+)/.exec(error.message)',
    "cli/profile-file.ts: error.message.replace(/ in JSON at position.*/s, '')",
    "cli/profile-module.ts: /^Cannot find (?:module|package) '([^']+)'/.exec(error.message)",
    'cli/profile-module.ts: /^ParseError: .*\\n\\s*(\\S.*?):(\\d+):\\d+\\s*$/m.exec(error.message)',
    "cli/init/read-document.ts: error.message.split('\\n', 1)",
    "cli/kubernetes/pod-fragment.ts: error.message.split('\\n')",
    'cli/run/store-refusals.ts: /^ERR max number of clients/.test(error.message)',
    'cli/run/store-refusals.ts: /^[A-Z]+(?= )/.exec(error.message)',
    'monitor/stores/redis-store.ts: /^(?:NOPERM|ERR unknown)/.test(error.message)',
    'monitor/stores/redis-store.ts: pattern.test(each.message)',
    'monitor/stores/redis-store.ts: /^[A-Z]{3,16}(?= )/.exec(each.message)',
    'monitor/stores/redis-store.ts: /connect ETIMEDOUT/.test(each.message)',
    'monitor/system/portable-processes.ts: /no matching pid/i.test(error.message)',
    "cli/run/k6-log.ts: message .replace(/\\\\[nt]/g, ' ')",
    'cli/run/k6-log.ts: /failed parsing threshold expression\\S* "(.+?)"/.exec(message)',
    "bundle/license-notices.ts: title.startsWith('buf.build/gen/')",
  ],
};

test('tidy: nothing parses a sentence', () => {
  const found = new Set(parsedSentences());
  const known = new Set(Object.values(others).flat());
  assert.deepEqual(
    [...found].filter((place) => !known.has(place)),
    [],
    'decide on data, and make words of it for the reader alone; what is no sentence is listed with what it is',
  );
  assert.deepEqual(
    [...known].filter((place) => !found.has(place)),
    [],
    'the list holds what is no longer there',
  );
});

test('tidy: what takes a sentence apart is found in each form', () => {
  const parsing = [
    "end.cause?.includes('SIGKILL')",
    "(cause ?? '').startsWith(nothingSaid)",
    'judged.summary.match(/lost/)',
    '/SIG[A-Z]+/.test(cause)',
    "code.exec(end?.cause ?? '')",
    "cause.split(', then ')",
    "firstCause.endsWith('code 1')",
    "statusWords.indexOf('x')",
    "title.replace('a', 'b')",
    "cause === 'exited unexpectedly'",
    'evidence[0].search(/x/)',
    "gap.problem.endsWith('yet')",
    '/^it/.test(problem)',
    'asked.notes.includes(note)',
    "error.message.startsWith('plan: ')",
    "reason === 'no answer'",
  ];
  const fine = [
    'codes.includes(reason)',
    "reason === 'exited'",
    "text.startsWith('{')",
    "cause === 'server'",
    'name.test(label)',
    'causeInWords(cause)',
    'causes.map(({ words }) => words)',
  ];
  const of = (code: string): number => parsedSentences([{ path: 'analysis/a.ts', text: `const x = ${code};` }]).length;
  assert.deepEqual(
    parsing.filter((code) => of(code) !== 1),
    [],
  );
  assert.deepEqual(
    fine.filter((code) => of(code) !== 0),
    [],
  );
});
