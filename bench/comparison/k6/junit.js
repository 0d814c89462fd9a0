// Beside a script's own lines: export { handleSummary } from './junit.js';
export function handleSummary({ metrics }) {
  const cases = Object.entries(metrics).flatMap(([name, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([rule, { ok }]) => {
      const text = `${name} ${rule}`.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
      return `<testcase name="${text}">${ok ? '' : '<failure/>'}</testcase>`;
    }),
  );
  return { 'junit.xml': `<testsuite name="k6" tests="${cases.length}">${cases.join('')}</testsuite>` };
}
