// Finds the network filter or binding that a command names.
import type { Nwfilter, NwfilterBinding } from 'virtwire';
import type { Shell } from '../../context.ts';
import { attempt } from '../../failure.ts';
import { findNamed } from '../../lookup.ts';
import { word } from '../../option.ts';

/** The option that names a network filter. */
export const filterOption = word('name or UUID of the network filter', {
  complete: async ({ connection }) => (await connection.listAllNwfilters()).map(({ name }) => name),
});

/** The option that names a binding. */
export const bindingOption = word('port that the network filter is bound to', {
  complete: async ({ connection }) => (await connection.listAllNwfilterBindings()).map(({ portDev }) => portDev),
});

/** Finds a network filter. */
export function findFilter(shell: Shell, given: string): Promise<Nwfilter> {
  return findNamed(shell, 'nwfilter', given, {
    by: ['uuid', 'name'],
    byUuid: (uuid) => shell.connection.lookupNwfilterByUuid(uuid),
    byName: (name) => shell.connection.lookupNwfilterByName(name),
  });
}

/** Finds a binding by its port. */
export function findBinding(shell: Shell, given: string): Promise<NwfilterBinding> {
  return attempt(shell.connection.lookupNwfilterBindingByPortDev(given), `failed to get nwfilter binding '${given}'`);
}
