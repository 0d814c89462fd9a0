import { en } from 'zod/locales';
import * as z from 'zod/mini';

// The small zod words no problem by itself.
z.config(en());

/** What a route answers instead of a result: 4xx with `{detail}`. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly statusCode: number;
  readonly detail: string | readonly FieldProblem[];

  constructor(statusCode: number, detail: string | readonly FieldProblem[]) {
    super('the request cannot be served');
    this.statusCode = statusCode;
    this.detail = detail;
  }
}

export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** The value as the schema reads it; throws a 422 that names every field that is wrong. */
export function parseOr422<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RequestProblem(
    422,
    parsed.error.issues.map((issue) => ({ field: issue.path.join('.') || 'body', message: issue.message })),
  );
}
