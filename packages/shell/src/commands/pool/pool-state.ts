// The words for states of storage pools.

const STATES = ['inactive', 'building', 'running', 'degraded', 'inaccessible'];

/** Gives the word for a state (virStoragePoolState). */
export function poolStateText(state: number): string {
  return STATES[state] ?? 'unknown';
}

/** Tells whether a pool in this state has sizes: it runs, whole or degraded. */
export function hasSizes(state: number): boolean {
  return state === 2 || state === 3;
}
