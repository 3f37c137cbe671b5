// How much of a long test is run: in CI all that a release is held to, elsewhere as much as a developer waits for.

/**
 * Gives a count for a long test.
 *
 * @param variable environment variable that sets it by hand
 * @param inCi what CI runs
 * @param otherwise what a plain `npm test` runs
 * @throws Error when the variable holds no whole number above zero
 */
export function extent(variable: string, inCi: number, otherwise: number): number {
  const wanted = process.env[variable];
  if (wanted === undefined) return process.env['CI'] === undefined ? otherwise : inCi;
  const count = Number(wanted);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`${variable}=${wanted} is not a whole number above zero`);
  return count;
}
