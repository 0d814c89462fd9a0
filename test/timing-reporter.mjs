// One JSON line a finished test: name, outcome, milliseconds and, if it failed, why. Files themselves, which the runner may report as
// tests around their own, are left out unless they failed by themselves: they crashed, did not load, or did not end in time.
export default async function* timing(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const passed = type === 'test:pass';
    const isFile = data.name === data.file || /\.test\.m?[jt]s$/.test(data.name);
    if (passed ? isFile || data.details?.type === 'suite' : isOfTestsInside(data)) continue;
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const { error, duration_ms: ms } = data.details;
    yield `${JSON.stringify({ name: data.name, passed, skipped, ms, ...(passed ? {} : { why: reason(error) }) })}\n`;
  }
}

/** A suite that failed because of tests in it, which are told by themselves. */
const isOfTestsInside = ({ details: { type, error } }) => type === 'suite' && error?.failureType === 'subtestsFailed';

/** The value that an assertion found, where that is more than a word, and the beginning of its message. */
function reason(error) {
  const { message = String(error), actual } = error?.cause ?? error ?? {};
  const found = typeof actual === 'object' && actual !== null ? [`found ${JSON.stringify(actual).slice(0, 300)}`] : [];
  return [...found, ...String(message).split('\n').slice(0, 14)].map((line) => line.slice(0, 300));
}
