// Made by build.mjs: the profiles of profiles/built-in.ts, checked and with every default, as JSON.
declare module 'built-in-profiles' {
  const profilesAsJson: string;
  export default profilesAsJson;
}
