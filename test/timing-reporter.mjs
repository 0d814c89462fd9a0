// One JSON line a finished test: name, outcome, milliseconds and, where it failed, why. Files themselves, which the runner
// reports as tests around their own, are left out.
export default async function* timing(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite' || data.name === data.file || /\.test\.m?[jt]s$/.test(data.name)) continue;
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const { error, duration_ms: ms } = data.details;
    const passed = type === 'test:pass';
    yield `${JSON.stringify({ name: data.name, passed, skipped, ms, ...(passed ? {} : { why: reason(error) }) })}\n`;
  }
}

/** The value that an assertion found, where that is more than a word, and the beginning of its message. */
function reason(error) {
  const { message = String(error), actual } = error?.cause ?? error ?? {};
  const found = typeof actual === 'object' && actual !== null ? [`found ${JSON.stringify(actual).slice(0, 300)}`] : [];
  return [...found, ...String(message).split('\n').slice(0, 14)].map((line) => line.slice(0, 300));
}
