import type { Fleet } from './generator.ts';
import { localFleet } from './local-generator.ts';
import type { Session } from './session.ts';

/** The generators of a run, here or as pods. Throws an ExpectedError if they cannot be had. */
export async function openFleet(session: Session): Promise<Fleet> {
  const { kubernetes } = session.settings;
  if (kubernetes === null) return localFleet(session);
  // Loaded only when it is needed.
  return (await import('../kubernetes/kubernetes-fleet.ts')).kubernetesFleet(session, kubernetes);
}
