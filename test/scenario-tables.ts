import { roles } from '../contract/plan/roles.ts';
import { scenarioTable } from '../contract/plan/scenarios.ts';
import { type Size, sizeTable } from '../contract/plan/sizes.ts';

/** The scenarios, as rows of docs/scenarios.md. */
export function scenariosTable(): string {
  const rows = Object.entries(scenarioTable).map(
    ([name, { load, establishes }]) => `| \`${name}\` | ${load} | ${establishes} |`,
  );
  return ['| scenario | load | what it establishes |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The phases of all scenarios, as rows of docs/scenarios.md. */
export function phaseTable(): string {
  const rows = Object.values(roles).map((role: { name: string; code: string; second?: string; sends: string }) => {
    const codes = [role.code, role.second].filter((code) => code !== undefined).map((code) => `\`${code}\``);
    return `| \`${role.name}\` | ${codes.join(', ')} | ${role.sends} |`;
  });
  return ['| phase | code in ids | what it sends |', '| --- | --- | --- |', ...rows].join('\n');
}

/** Every size of every scenario, as rows of docs/scenarios.md. */
export function sizesTable(): string {
  const rows = Object.entries(sizeTable).map(([name, size]: [string, Size]) => {
    const thorough = size.thorough === undefined ? '' : String(size.thorough);
    return `| \`${name}\` | ${size.default} | ${thorough} | ${size.min}–${size.max} | ${size.meaning} |`;
  });
  return ['| size | default | thorough | range | meaning |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
