// Made by build.mjs: the profiles of profiles/built-in.ts, checked and with every default, as plain JSON.
declare module 'built-in-profiles' {
  const profiles: Readonly<
    Record<import('../profiles/built-in.ts').BuiltInProfileName, import('../contract/profile/profile.ts').TargetProfile>
  >;
  export default profiles;
}
