/** How wide what is shown there may be: what takes no size, such as a pipeline's log, is as wide as a terminal usually is. */
export function widthOf({ columns }: { readonly columns?: number }, ifUnknown = 80): number {
  return columns === undefined || columns === 0 ? ifUnknown : columns;
}
