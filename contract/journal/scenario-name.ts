import * as z from 'zod/mini';
import { scenarioNamePattern } from '../plan/scenarios.ts';

/** The name of a scenario, ours or an own one. */
export const scenarioName = z.string().check(z.regex(scenarioNamePattern));
