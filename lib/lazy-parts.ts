import loadAround from 'lazy:around';
import loadProbes from 'lazy:probes';
import { lazy } from '../contract/profile/lazy.ts';

/** Made by the VUs that need them, when they do. */
export const around = lazy(loadAround);
export const probes = lazy(loadProbes);
