import type { Manifest } from '../../contract/journal/journal.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { isBuiltIn } from '../../contract/plan/scenarios.ts';
import { sizeNames, sizesFromSettings } from '../../contract/plan/sizes.ts';

/**
 * The plans of a run, one a scenario. A journal of version 1 has none: then they are computed from its profile and sizes, so that
 * its phases are known. What they say of times and counts is not what that run sent.
 */
export function plansOf(manifest: Manifest): readonly Plan[] {
  if (manifest.plans !== null) return manifest.plans;
  const { settings, profile, command } = manifest;
  const { sizes } = sizesFromSettings(
    Object.fromEntries(sizeNames.flatMap((name) => (name in settings ? [[name, String(settings[name])]] : []))),
  );
  const given = profile.provisioning.kind === 'given' ? Number(settings.webhooks ?? 1) : 0;
  return command.filter(isBuiltIn).map((scenario) => planOf(scenario, sizes, profile, given));
}
