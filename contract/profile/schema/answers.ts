import * as z from 'zod/mini';
import { answeredOutcomes } from '../../journal/outcomes.ts';
import { text } from './parts.ts';

const status = () => z.int().check(z.gte(100, 'is not an HTTP status'), z.lte(599, 'is not an HTTP status'));

const bodyRule = () =>
  z.union([
    z.strictObject({
      field: text().check(z.describe('Field of a JSON body. Dots lead to deeper fields, as in data.status.')),
      equals: z.union([z.string(), z.number(), z.boolean()]).check(z.describe('Value that the field must have.')),
    }),
    z.strictObject({ contains: text().check(z.describe('Text that the body must contain.')) }),
    z.strictObject({
      is: z
        .enum(['empty', 'html', 'same-as-first'])
        .check(
          z.describe(
            'What the body must be. same-as-first: byte for byte the answer to the first acceptance of this signal (a replay).',
          ),
        ),
    }),
  ]);

const headerRule = () =>
  z.strictObject({
    name: text().check(z.describe('Header that the answer must have, such as Idempotent-Replayed.')),
    equals: z.exactOptional(
      text().check(z.describe('Value that it must have, in capital or small letters; left out: any.')),
    ),
  });

/** The first rule that fits an answer names its outcome; an answer that fits none has `failed`. */
export const answers = () =>
  z
    .array(
      z.strictObject({
        outcome: z
          .enum(answeredOutcomes)
          .check(
            z.describe(
              'Outcome of an answer that fits this rule. duplicate: recognized as a repeat. pending: a request of the same key is still in progress (often 409 or 425). changed: the key came before with another payload (often 422 or 409).',
            ),
          ),
        statuses: z.array(status()).check(z.minLength(1, 'must name a status'), z.describe('HTTP statuses that fit.')),
        header: z
          .exactOptional(headerRule())
          .check(z.describe('What the answer says in a header; left out: anything.')),
        body: z.exactOptional(bodyRule()).check(z.describe('What the body must be like; left out: anything.')),
      }),
    )
    .check(z.minLength(1, 'must hold a rule'));
