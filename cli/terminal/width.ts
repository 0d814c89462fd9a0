/** How wide what is shown there may be. What is no terminal, such as a pipeline's log, gets whole lines: they are searched. */
export function widthOf({ columns }: { readonly columns?: number }, ifUnknown = Number.POSITIVE_INFINITY): number {
  return columns === undefined || columns === 0 ? ifUnknown : columns;
}
