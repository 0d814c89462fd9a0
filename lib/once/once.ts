// What is worked out once a process, by the first script context, and kept as text for all VUs. build.mjs makes it one function
// (`lazy:once`), so that no other VU pays for the planners, the profiles and the checks of the settings.

export { executablePlan } from './executable-plan.ts';
export { nativeDescription } from './native-description.ts';
export { readEnvironment } from './read-environment.ts';
