// The order of lists: by name, whatever the case of letters.

/** Compares by name (vshStrcasecmp). */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  const [first, second] = [a.name.toLowerCase(), b.name.toLowerCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}
