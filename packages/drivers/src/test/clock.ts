// The clock that the made-up figures grow with.

/** Microseconds since 1970. @see g_get_real_time */
export function nowUs(): number {
  return Math.trunc((performance.timeOrigin + performance.now()) * 1000);
}
