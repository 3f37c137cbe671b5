// Where compiled code is kept between runs: a folder of the user's own, never a shared one such as /tmp.

/** @returns null when the user has no home, or has chosen a folder by NODE_COMPILE_CACHE */
export function compileCacheFolder(env: Readonly<Record<string, string | undefined>>): string | null {
  if (env['NODE_COMPILE_CACHE'] !== undefined) return null;
  const cache = env['XDG_CACHE_HOME'] || (env['HOME'] ? `${env['HOME']}/.cache` : '');
  return cache.startsWith('/') ? `${cache}/virtwire/compiled` : null;
}
