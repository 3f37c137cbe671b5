// When the daemon is on this host: what its own configuration says of names, users and revoked certificates, which the
// daemon never tells its clients.
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { parseConfFile } from '@virtwire/conf/file';
import { matchesGlob } from '@virtwire/rpc/node';
import { type Evidence, textOf } from '../diagnosis/fault.ts';
import { configurationAt } from './daemon-process.ts';

/** Tells whether an address is one of this host. */
export function isThisHost(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (address.startsWith('127.') || address === '::1') return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((each) => each.address === address));
}

/**
 * Compares what was seen with the configuration of the daemon.
 *
 * @param path null for that of the daemon that listens there
 * @returns what it adds to the evidence; nothing where it cannot be read
 */
export async function askConfiguration(evidence: Evidence, path: string | null): Promise<Evidence> {
  const port = Number(textOf(evidence, 'port'));
  const file = path ?? (await configurationAt(port > 0 ? { port } : { socket: textOf(evidence, 'socket') }));
  try {
    const conf = parseConfFile(await readFile(file), { path: file });
    const names = conf.getStringList('tls_allowed_dn_list');
    const users = conf.getStringList('sasl_allowed_username_list');
    const crl = conf.getString('crl_file');
    const sent = textOf(evidence, 'sent');
    const user = textOf(evidence, 'saslUser');
    return {
      serverConfiguration: file,
      ...(sent === '' ? {} : { ...listed('Name', 'allowedNames', names, sent), ...(await revocation(crl, evidence)) }),
      ...(user === '' ? {} : listed('User', 'allowedUsers', users, user)),
    };
  } catch (thrown) {
    // It helps where it can; where it cannot be read, the fault is told without it.
    return { serverConfigurationFault: (thrown as Error).message };
  }
}

function listed(what: 'Name' | 'User', key: string, list: readonly string[] | null, name: string): Evidence {
  const allowed = list === null || list.some((pattern) => matchesGlob(pattern, name));
  return { ...(list === null ? {} : { [key]: list }), [what === 'Name' ? 'nameAllowed' : 'userAllowed']: allowed };
}

async function revocation(path: string | null, evidence: Evidence): Promise<Evidence> {
  if (path === null || path === '') return {};
  const { revocationListsOf } = await import('@virtwire/rpc/tls');
  const lists = revocationListsOf(await readFile(path, 'latin1'));
  const revoked = lists.some(({ serials }) => serials.has(textOf(evidence, 'sentSerial')));
  return revoked ? { revoked, revocationList: path } : {};
}
