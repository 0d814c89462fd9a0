// Made by build.mjs: `lazy:x` is a module as a function. What it holds is compiled with the bundle, and made when it is called.
declare module 'lazy:once' {
  const load: () => typeof import('./once/once.ts');
  export default load;
}
declare module 'lazy:http-sender' {
  const load: () => typeof import('./http-sender.ts');
  export default load;
}
declare module 'lazy:around' {
  const load: () => typeof import('./around/around.ts');
  export default load;
}
declare module 'lazy:probes' {
  const load: () => typeof import('./probes/probes.ts');
  export default load;
}
