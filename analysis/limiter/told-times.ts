/** In seconds since the run began. */
export function seconds(us: number, startedAtUs: number): string {
  return ((us - startedAtUs) / 1e6).toFixed(1);
}

export function at(us: number, startedAtUs: number): string {
  return `at ${seconds(us, startedAtUs)} s`;
}
