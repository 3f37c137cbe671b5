// Commands on one secret: dumpxml, undefine; and the list of all.
import { command } from '../../command.ts';
import { attempt, CommandFailure, isUnsupported } from '../../failure.ts';
import { flag } from '../../option.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';
import { findSecret, secretOption } from './find-secret.ts';

// virSecretUsageType
const USAGES = ['none', 'volume', 'ceph', 'iscsi', 'tls', 'vtpm'];

// virConnectListAllSecretsFlags
const FILTERS = { ephemeral: 1, 'no-ephemeral': 2, private: 4, 'no-private': 8 } as const;

export const secretDumpxml = command({
  description: 'Prints the secret as XML, without its value.',
  options: { secret: secretOption, ...xmlOptions },
  async run(shell, args) {
    const secret = await findSecret(shell, args.text('secret'));
    const xml = await attempt(secret.getXmlDesc(), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});

export const secretList = command({
  description: 'Lists secrets, never their values.',
  options: {
    ephemeral: flag('only those that are never on disk'),
    'no-ephemeral': flag('only those that may be on disk'),
    private: flag('only those whose value cannot be read'),
    'no-private': flag('only those whose value can be read'),
  },
  async run(shell, args) {
    let flags = 0;
    for (const [name, bit] of Object.entries(FILTERS)) if (args.has(name as keyof typeof FILTERS)) flags |= bit;
    const { connection } = shell;
    const secrets = await connection.listAllSecrets(flags).catch(async (thrown) => {
      // virsh tries the older calls then, and tells of those.
      if (isUnsupported(thrown)) await attempt(connection.numOfSecrets(), 'Failed to count secrets');
      throw new CommandFailure('Failed to list secrets', thrown);
    });
    secrets.sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
    await shell.table(
      ['UUID', 'Usage'],
      secrets.map(({ uuid, usageType, usageId }) => [
        uuid,
        usageType === 0 ? 'Unused' : `${USAGES[usageType] ?? 'unknown'} ${usageId}`,
      ]),
    );
  },
});

export const secretUndefine = command({
  description: 'Removes the secret and its value.',
  options: { secret: secretOption },
  async run(shell, args) {
    const uuid = args.text('secret');
    const secret = await findSecret(shell, uuid);
    await attempt(secret.undefine(), `Failed to delete secret ${uuid}`);
    shell.extra(`Secret ${uuid} deleted\n`);
  },
});
