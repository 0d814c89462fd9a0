import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redactor } from '../../contract/journal/redaction.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { type Check, ok } from '../doctor/check.ts';
import { diagnose, type Findings } from '../doctor/diagnose.ts';
import { checksTable, notesText, undecidedText } from '../doctor/table.ts';
import { type Env, ownEnvironment, withholdSecrets } from '../environment.ts';
import { doctorTable } from '../options/doctor.ts';
import { commandHelp } from '../options/help.ts';
import { Interrupt } from '../run/interrupt.ts';
import { runSettings } from '../run/settings.ts';
import { wantsColor } from '../terminal/color.ts';
import { widthOf } from '../terminal/width.ts';

/**
 * The command `doctor`.
 * @returns 0 if no check found a problem, else 2. Throws an ExpectedError that tells every problem of options and settings.
 */
export async function doctor(args: readonly string[], env: Env = ownEnvironment): Promise<number> {
  const settings = await runSettings(args, env, doctorTable);
  if (settings === null) {
    process.stdout.write(commandHelp(doctorTable));
    return exitCodes.passed;
  }
  withholdSecrets();
  const interrupt = new Interrupt(() => {});
  interrupt.listen();
  const folder = mkdtempSync(join(tmpdir(), 'webhook-stress-doctor-'));
  try {
    const { checks, undecided, obstacles, notes, baseUrl } = await diagnose({ settings, interrupt, folder });
    const redact = redactor(settings.environment.secrets);
    const { stdout } = process;
    const form = { color: wantsColor(stdout, settings.environment.all), width: widthOf(stdout, 120) };
    const target = ok('target', `${baseUrl ?? 'the embedded backend'}, as ${settings.profile.name}`);
    const problems = checks.filter(({ status }) => status === 'problem');
    const whole = `${checksTable([target, ...checks], form)}\n${undecidedText(undecided, obstacles)}${notesText(notes)}\n${lastLine(checks)}\n`;
    const text = settings.quiet ? checksTable(problems, form) : whole;
    stdout.write(settings.json ? events({ checks, undecided, notes }, redact) : redact(text));
    return problems.length > 0 ? exitCodes.usage : exitCodes.passed;
  } finally {
    interrupt.stopListening();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One event a line, as --json of `run` has it. */
function events(
  { checks, undecided: list, notes }: Omit<Findings, 'baseUrl' | 'obstacles'>,
  redact: (text: string) => string,
): string {
  const shown = checks.map(({ subject, status, text, remedy }) => ({
    ...{ event: 'check', subject, status, text: redact(text) },
    remedy: remedy === null ? null : redact(remedy),
  }));
  const open = (list ?? []).map((undecided) => ({ event: 'undecided', ...undecided }));
  const said = notes.map((note) => ({ event: 'note', ...note }));
  return [...shown, ...open, ...said].map((event) => `${JSON.stringify(event)}\n`).join('');
}

function lastLine(checks: readonly Check[]): string {
  const problems = checks.filter(({ status }) => status === 'problem').length;
  if (problems > 0) return `${problems === 1 ? '1 problem' : `${problems} problems`}: see what to do above (→).`;
  const open = checks.filter(({ status }) => status === 'unknown').length;
  return open === 0 ? 'Everything is set up.' : `No problem; ${open} unknown.`;
}
