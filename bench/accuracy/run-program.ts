import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../backend/free-port.ts';
import { reportFolder } from '../../cli/write-report.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { Finding, Report } from '../../contract/report/report.ts';
import { readReport } from '../../render/json.ts';
import { verdictOf } from './confusion.ts';
import type { Language, RealProgram } from './real-programs.ts';
import type { RealResult } from './results.ts';

const root = join(import.meta.dirname, '..', '..');
const programs = join(import.meta.dirname, 'programs');
const built = join(root, '.tools', 'accuracy');
const runs = join(built, 'runs');
const timeoutMs = 300_000;

/** Ten cycles of 200 requests, about half a minute. */
const sizes = { LEAK_REQUESTS: '2000', LEAK_CYCLES: '10', LEAK_SETTLE_SECONDS: '2', MAX_RATE: '250' } as const;

/** Compiles what needs it. @returns the languages that this machine has not, each with what is missing. */
export function buildPrograms(): ReadonlyMap<Language, string> {
  mkdirSync(built, { recursive: true });
  const missing = new Map<Language, string>();
  const attempt = (language: Language, need: string, [program = '', ...args]: readonly string[], cwd: string): void => {
    try {
      execFileSync(program, args, { cwd, stdio: 'ignore' });
    } catch {
      missing.set(language, need);
    }
  };
  attempt('go', 'go', ['go', 'build', '-o', join(built, 'leakserver'), '.'], join(programs, 'leak-server-go'));
  attempt('java', 'openjdk-17-jdk-headless', ['javac', '-d', built, 'LeakServer.java'], programs);
  attempt('python', 'make .tools/venv/.installed', [join(root, '.tools', 'venv', 'bin', 'python'), '--version'], root);
  return missing;
}

function profileOf({ metrics, collect }: RealProgram): unknown {
  return {
    name: 'a program of bench/accuracy',
    request: { path: '/hooks/{token}' },
    secret: { in: 'none' },
    answers: [{ outcome: 'accepted', statuses: [200] }],
    limiter: { kind: 'none' },
    idempotency: { kind: 'none' },
    readback: { kind: 'none' },
    provisioning: { kind: 'given' },
    monitoring: {
      ...{ health: '/health', redis: null, database: null },
      ...(metrics ? { metrics: '/metrics' } : {}),
      ...(collect ? { collect: { by: 'request', method: 'POST', url: '/collect' } } : {}),
    },
    redis: 'none',
    database: 'none',
  };
}

export type JudgedProgram = Pick<
  RealResult,
  'verdict' | 'smallestVisible' | 'leakedPerRequest' | 'accepted' | 'summary' | 'evidence'
>;

/** Where a run's journal is kept, so that another rule can judge it again. */
function folderOf({ program, variant, bytesPerRequest }: RealProgram, repeat: number): string {
  return join(runs, `${program}-${variant}-${bytesPerRequest}-${repeat}`.replace(/[^\w]+/g, '-'));
}

/** Starts, loads and ends a program as a user would. @returns what its report says. */
export async function runProgram(program: RealProgram, repeat: number): Promise<JudgedProgram> {
  const port = await freePort();
  const reports = folderOf(program, repeat);
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const profile = join(reports, 'profile.json');
  writeFileSync(profile, JSON.stringify(profileOf(program)));
  const variables = Object.entries(program.env).map(([name, value]) => `${name}=${value}`);
  const command = `cd '${programs}' && export ${variables.join(' ')} && ${program.command.replace('PORT', String(port))}`;
  const tokens = Array.from({ length: 10 }, (_, n) => `token-${n}`).join(',');
  const given = ['run', 'memory-leak', '--exec', command, '--reports', reports, '--run-id', 'run', '--cooldown', '0'];
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'webhook-stress.js'), ...given], {
    env: {
      ...process.env,
      ...sizes,
      ...{
        BASE_URL: `http://127.0.0.1:${port}`,
        STRESS_PROFILE: profile,
        WEBHOOK_TOKEN: tokens,
        WEBHOOK_SECRET: tokens,
      },
      PYTHONDONTWRITEBYTECODE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  writeFileSync(join(reports, 'output.txt'), output);
  return judgedIn(join(reports, 'run'));
}

/** The report of a run that was kept, made again by the rule of today; null if its journal is not there. */
export function judgedAgain(program: RealProgram, repeat: number): JudgedProgram | null {
  const folder = join(folderOf(program, repeat), 'run');
  if (!existsSync(join(folder, journalFiles.manifest))) return null;
  reportFolder(folder, { strict: false, secrets: [] });
  return judgedIn(folder);
}

/** What the report in a folder says of memory. */
function judgedIn(folder: string): JudgedProgram {
  const report: Report = readReport(readFileSync(join(folder, 'report.json'), 'utf8'));
  const finding = report.findings.find(({ criterion }) => criterion === 'memory-leak');
  if (finding === undefined) throw new Error(`${folder}: its report says nothing of memory-leak`);
  const { summary, evidence } = finding;
  return {
    verdict: verdictOf({ status: finding.status, summary }),
    smallestVisible: figureIn(finding, 'smallest-visible-leak'),
    leakedPerRequest: figureIn(finding, 'leaked-per-request'),
    accepted: figureIn(finding, 'accepted'),
    summary,
    evidence: [...evidence],
  };
}

const figureIn = ({ measures }: Finding, name: string): number | null =>
  measures.find((measure) => measure.name === name)?.value ?? null;
