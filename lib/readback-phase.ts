/** The k6 scenario that reads back beside the load. No phase of a plan has this name. */
export const readbackPhase = 'readback';
