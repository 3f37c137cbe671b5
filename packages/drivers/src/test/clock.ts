// The clock that the made-up figures grow with.

// Constant, but costly to ask for.
const { timeOrigin } = performance;

/** Microseconds since 1970. @see g_get_real_time */
export function nowUs(): number {
  return Math.trunc((timeOrigin + performance.now()) * 1000);
}
