import * as z from 'zod/mini';

// What several sections of a profile are made of. Functions, because a schema is built only where it is asked for.

export const text = () => z.string().check(z.minLength(1, 'must not be empty'));
export const whole = () => z.int('must be a whole number').check(z.positive('must be at least 1'));
export const path = () => z.string().check(z.regex(/^\//, 'must begin with "/"'));
export const optionalPath = () => z.nullable(path());
export const headers = () => z.record(text(), z.string());

/** Texts of path, headers and body may hold placeholders; see contract/profile/placeholders.ts. */
export const bodyTemplate = () => z.union([z.string(), z.record(z.string(), z.unknown())]);
