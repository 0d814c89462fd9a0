import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isSystemError } from '../../contract/journal/unwritable-file.ts';
import { annotation } from '../../render/annotations.ts';
import { plain } from '../../render/markdown.ts';
import { withinBytes } from '../../render/within-bytes.ts';
import { type Pipeline, readPipeline } from '../environment.ts';

/** GitHub refuses a summary of a step beyond that, also one that several commands have written. */
const summaryBytes = 2 ** 20;

/** A step of GitHub's pipelines: what it is told beside the exit code. Annotations go to stderr, for stdout may be read by a program. */
export class GithubStep {
  private readonly outputFile: string | null;
  private readonly summaryFile: string | null;
  private readonly write: (text: string) => void;

  constructor({ outputFile, summaryFile }: NonNullable<Pipeline['github']>, write: (text: string) => void) {
    this.outputFile = outputFile;
    this.summaryFile = summaryFile;
    this.write = write;
  }

  /** An output of the step; the last one of a name counts. */
  output(name: string, value: string): void {
    this.append('GITHUB_OUTPUT', this.outputFile, `${name}=${value.replace(/[\r\n]/g, ' ')}\n`);
  }

  /** What a finished report says: annotations, summary, and where it is. */
  tellReport(
    { verdict, annotations }: { readonly verdict: string; readonly annotations: string },
    folder: string,
  ): void {
    this.write(annotations);
    this.output('verdict', verdict);
    const page = resolve(folder, 'report.html');
    if (existsSync(page)) this.output('report', page);
    const markdown = join(folder, 'report.md');
    if (existsSync(markdown)) this.summarize(readFileSync(markdown, 'utf8'));
  }

  /** A run that ended without a report. */
  tellError(text: string): void {
    this.write(`${annotation('error', 'webhook-stress', text.split('\n'))}\n`);
    this.summarize(`# webhook-stress wrote no report\n\n${text.split('\n').map(plain).join('  \n')}\n`);
  }

  private summarize(markdown: string): void {
    if (this.summaryFile === null) return;
    const written = statSync(this.summaryFile, { throwIfNoEntry: false })?.size ?? 0;
    this.append('GITHUB_STEP_SUMMARY', this.summaryFile, withinBytes(markdown, summaryBytes - written));
  }

  private append(variable: string, file: string | null, text: string): void {
    if (file === null) return;
    try {
      appendFileSync(file, text);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.write(`${annotation('warning', 'webhook-stress', [`${variable}: ${error.message}`])}\n`);
    }
  }
}

/** The step that this process is a part of; null elsewhere. */
export function githubStep(): GithubStep | null {
  const { github } = readPipeline();
  return github === null ? null : new GithubStep(github, (text) => void process.stderr.write(text));
}
