// What virsh tells at its highest level of debugging of whether an object is defined.
import type { Shell } from './context.ts';

/** Tells whether an object stays when it stops, if that is known. */
export function tellFlag(shell: Shell, kind: 'Domain' | 'Pool', persistent: PromiseSettledResult<boolean>): void {
  const value = persistent.status === 'fulfilled' ? Number(persistent.value) : -1;
  shell.debug('DEBUG', `${kind} persistent flag value: ${value}`);
}
