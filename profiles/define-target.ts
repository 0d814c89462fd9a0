// What `import … from 'webhook-stress'` gives a stress.config.ts.
export { defineTarget, type TargetInput } from '../contract/profile/profile.ts';
