// Procedures of the lxc program.
import { procedure, program, uint } from '@virtwire/rpc';
import { NonnullDomain } from './types.ts';

/**
 * The rows of the lxc program by name: `lxc.domainOpenNamespace`.
 *
 * @see src/remote/lxc_protocol.x
 */
// biome-ignore format: a table reads better with a row in one to three lines.
export const lxc = program('lxc', 0x00068000, 1, {
  domainOpenNamespace: procedure(1, () => [{ dom: NonnullDomain, flags: uint }, {},
    { acl: ['domain:open_namespace'], needsWrite: 'always', fds: 'reply', api: 'virDomainLxcOpenNamespace' }]),
});
