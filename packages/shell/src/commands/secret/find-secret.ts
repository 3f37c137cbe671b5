// Finds the secret that a command names by its UUID.
import type { Secret } from 'virtwire';
import type { Shell } from '../../context.ts';
import { attempt, CommandFailure } from '../../failure.ts';
import { type Completer, word } from '../../option.ts';

/** UUIDs of all secrets. */
export const secretUuids: Completer = async ({ connection }) =>
  (await connection.listAllSecrets()).map(({ uuid }) => uuid);

/** The option that names a secret. */
export const secretOption = word('UUID of the secret', { complete: secretUuids });

/** Finds a secret. */
export async function findSecret(shell: Shell, uuid: string): Promise<Secret> {
  shell.debug('INFO', `${shell.commandName}: found option <secret>: ${uuid}`);
  if (!/^\s*(?:[0-9a-f]-?){31}[0-9a-f]\s*$/i.test(uuid)) {
    const cause = new CommandFailure('uuidstr in virSecretLookupByUUIDString must be a valid UUID');
    throw new CommandFailure(`failed to get secret '${uuid}'`, cause);
  }
  return attempt(shell.connection.lookupSecretByUuid(uuid), `failed to get secret '${uuid}'`);
}
