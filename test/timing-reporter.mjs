// One JSON line a finished test: name, file, outcome and milliseconds. Files themselves, which the runner reports as tests
// around their own, are left out.
export default async function* timing(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite' || data.name === data.file || data.name.endsWith('.test.ts')) continue;
    const skipped = data.skip !== undefined || data.todo !== undefined;
    yield `${JSON.stringify({ name: data.name, passed: type === 'test:pass', skipped, ms: data.details.duration_ms })}\n`;
  }
}
