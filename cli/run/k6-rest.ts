import * as z from 'zod';
import type { GeneratorRun } from './generator.ts';

// What the coordinator asks and tells a k6 by its REST API. Shapes are those of k6's api/v1.

/** Stages of a k6, as its status tells them; they only grow. */
export const k6Stages = { pausedBeforeRun: 4, running: 7, ended: 9 } as const;

const statusAnswer = z.object({ data: z.object({ attributes: z.object({ status: z.number() }) }) });

const setupAnswer = z.object({
  data: z.object({ attributes: z.object({ data: z.record(z.string(), z.unknown()) }) }),
});

const refusalAnswer = z.object({ errors: z.array(z.object({ title: z.string(), detail: z.string() })).min(1) });

export type SetupData = Readonly<Record<string, unknown>>;

/** What k6 answered, or in words why it did not do what it was asked. */
export type Asked<T> = { readonly value: T } | { readonly refused: string };

function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function ask(
  run: GeneratorRun,
  ...[method, path, body, withinMs]: Parameters<GeneratorRun['rest']>
): Promise<Asked<string>> {
  try {
    const { status, text } = await run.rest(method, path, body, withinMs);
    if (status >= 200 && status <= 299) return { value: text };
    const [error] = parsed(refusalAnswer, text)?.errors ?? [];
    return { refused: error?.detail || error?.title || `its REST API answered ${method} ${path} with ${status}` };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { refused: `its REST API does not answer (${'code' in error ? String(error.code) : error.message})` };
  }
}

/** The stage that it is in; null if it does not tell within so long. */
export async function stageOf(run: GeneratorRun, withinMs: number): Promise<number | null> {
  const answer = await ask(run, 'GET', '/v1/status', undefined, withinMs);
  return 'value' in answer ? (parsed(statusAnswer, answer.value)?.data.attributes.status ?? null) : null;
}

/** Runs setup(), and gives what it returned. */
export async function runSetup(run: GeneratorRun): Promise<Asked<SetupData>> {
  const answer = await ask(run, 'POST', '/v1/setup');
  if ('refused' in answer) return answer;
  const data = parsed(setupAnswer, answer.value)?.data.attributes.data;
  return data === undefined ? { refused: 'setup returned nothing' } : { value: data };
}

export const putSetup = (run: GeneratorRun, data: SetupData): Promise<Asked<string>> =>
  ask(run, 'PUT', '/v1/setup', JSON.stringify(data));

const setStatus = (run: GeneratorRun, attributes: { paused: boolean; stopped: boolean }): Promise<Asked<string>> =>
  ask(run, 'PATCH', '/v1/status', JSON.stringify({ data: { type: 'status', id: 'default', attributes } }));

export const resume = (run: GeneratorRun): Promise<Asked<string>> => setStatus(run, { paused: false, stopped: false });

/** Ends its load; it stays to be asked. */
export const stopLoad = (run: GeneratorRun): Promise<Asked<string>> => setStatus(run, { paused: false, stopped: true });

export const runTeardown = (run: GeneratorRun): Promise<Asked<string>> => ask(run, 'POST', '/v1/teardown');
