import type { ScenarioDelivery } from '../delivery/scenario-delivery.ts';
import type { Digest } from '../interpret/digest.ts';

/** A run is interpreted before delivery is worked out, so the digest that it holds does not know of it. */
const deliveries = new WeakMap<Digest, ScenarioDelivery>();

/** Gives the digest, for which `deliveryInPieces` has this from now on. */
export function withDelivery(digest: Digest, delivery: ScenarioDelivery | null): Digest {
  if (delivery !== null) deliveries.set(digest, delivery);
  return digest;
}

/** What the pieces of a scenario say of the delivery of its signals; null if they hold none. */
export const deliveryInPieces = (digest: Digest): ScenarioDelivery | null => deliveries.get(digest) ?? null;
