import { exitCodes } from '../../contract/report/criteria.ts';
import { usageCode } from './exit-codes.ts';
import type { CommandTable } from './option.ts';

const options = {
  openapi: {
    kind: 'text',
    value: 'URL|FILE',
    meaning: 'an OpenAPI document (3.0 or 3.1, JSON or YAML), such as http://127.0.0.1:8000/openapi.json',
  },
  path: {
    kind: 'text',
    value: 'PATH',
    meaning: 'which path of the document receives signals (default: the one that looks most like it)',
    must: { match: /^\//, be: 'a path as the document has it, which begins with "/"' },
  },
  curl: {
    kind: 'text',
    value: 'COMMAND|-',
    meaning:
      'a curl command that sends a signal, in quotes; - reads it from stdin, where nobody sees its secrets in the list of processes',
  },
  file: {
    kind: 'text',
    value: 'FILE',
    default: 'stress.config.ts',
    meaning: 'file to write',
    must: { match: /\.[cm]?ts$/, be: 'a file of TypeScript (.ts)' },
  },
  force: { kind: 'flag', meaning: 'overwrite the file if there is one' },
  offline: { kind: 'flag', meaning: 'do not check the profile against the server' },
  'allow-host': {
    kind: 'list',
    value: 'HOST',
    meaning: 'allow to ask this host outside loopback',
    variable: 'ALLOW_HOST',
  },
} as const;

export const initTable = {
  name: 'init',
  summary: 'Write a commented stress.config.ts for your server.',
  operands: '',
  maxOperands: 0,
  description: [
    'Guesses the profile from an OpenAPI document, from a curl command, or from answers to a few questions. The comments say what was guessed and what to check. Secrets go into no file: they belong into WEBHOOK_SECRET, WEBHOOK_TOKEN or LOGIN_PASSWORD, or into files that these name (…_FILE).',
    'If the server can be reached, `doctor` checks the profile against it.',
  ],
  options,
  lists: [],
  examples: [
    ['webhook-stress init --openapi http://127.0.0.1:8000/openapi.json', 'from a FastAPI server'],
    ['webhook-stress init --openapi api.yaml --path /hooks/{token}', 'from a file, for one of its operations'],
    ['webhook-stress init --curl - < command.txt', 'from a curl command'],
    ['webhook-stress init', 'from answers to questions'],
  ],
  exitCodes: [
    [exitCodes.passed, 'the file was written; what doctor found does not count'],
    usageCode,
    [exitCodes.internal, 'a bug of webhook-stress'],
  ],
} as const satisfies CommandTable<typeof options>;
