import type { ProbeFailure } from '../../contract/journal/probe-failures.ts';
import { type Fields, fieldsOf, textIn } from './fields.ts';

/** How the reasons began in journals that hold them alone. All others are of a body. */
const reasons: readonly (readonly [RegExp, ProbeFailure])[] = [
  [/^no answer within/, 'timeout'],
  [/^no connection \(ECONNREFUSED\)/, 'refused'],
  [/^no connection/, 'unconnected'],
  [/^connection broken/, 'broken'],
  [/^HTTP /, 'status'],
];

const questions = ['health', 'redis', 'database'] as const;

/** A sample of the server as this version writes it: older journals tell why a question failed in words alone. */
export function withProbeFailures(sample: Fields): Fields {
  let told = sample;
  for (const name of questions) {
    const result = fieldsOf(sample[name]);
    if (result?.state === 'failed' && !('failure' in result)) told = { ...told, [name]: withFailure(result) };
  }
  return told;
}

function withFailure(result: Fields): Fields {
  const reason = textIn(result, 'reason') ?? '';
  const failure = reasons.find(([beginning]) => beginning.test(reason))?.[1] ?? 'body';
  return { ...result, failure, ...(failure === 'status' ? { status: Number(/\d+/.exec(reason)?.[0]) } : {}) };
}
