import * as z from 'zod/mini';
import { targetProfile } from './profile.ts';

/** docs/profile.schema.json: the JSON Schema (draft 2020-12) of a profile as people write it, as text. */
export function profileSchemaText(): string {
  const { $schema, properties, ...rest } = z.toJSONSchema(targetProfile(), { target: 'draft-2020-12', io: 'input' });
  const described = {
    $schema,
    title: 'Target profile of webhook-stress: stress.config.json',
    ...rest,
    // An editor finds this schema by the field, which is no part of the profile.
    properties: { $schema: { type: 'string', description: 'This schema, for editors.' }, ...properties },
  };
  return `${JSON.stringify(described, null, 2)}\n`;
}
