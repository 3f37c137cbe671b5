// What may stand for the value of an option: names of what the connection has.
import type { Completer } from './option.ts';
import { findPool } from './lookup.ts';

// virConnectListAllDomainsFlags
const ACTIVE = 1;
const INACTIVE = 2;
const PERSISTENT = 4;

const domains =
  (flags: number): Completer =>
  async ({ connection }) =>
    (await connection.listAllDomains(flags)).map(({ name }) => name);

/** Names of all domains. */
export const domainNames = domains(ACTIVE | INACTIVE);
/** Names of running domains. */
export const activeDomainNames = domains(ACTIVE);
/** Names of domains that do not run. */
export const inactiveDomainNames = domains(INACTIVE);
/** Names of domains that are defined. */
export const persistentDomainNames = domains(PERSISTENT);
/** Names of domains that are suspended. */
export const pausedDomainNames = domains(128);

/** Names of networks. @param flags of ConnectListAllNetworksFlags, 0 for all */
export const networkNames =
  (flags = 0): Completer =>
  async ({ connection }) =>
    (await connection.listAllNetworks(flags)).map(({ name }) => name);

/** Names of storage pools. @param flags of ConnectListAllStoragePoolsFlags, 0 for all */
export const poolNames =
  (flags = 0): Completer =>
  async ({ connection }) =>
    (await connection.listAllStoragePools(flags)).map(({ name }) => name);

/** Names of the volumes of the pool that the command line names, else the keys of all volumes. */
export const volumeNames: Completer = async (shell, args) => {
  const given = args.given('pool') ?? args.given('inputpool');
  const pools = given === undefined ? await shell.connection.listAllStoragePools(2) : [await findPool(shell, given)];
  const volumes = await Promise.all(pools.map((pool) => pool.listAllVolumes()));
  return volumes.flat().map(({ name, key }) => (given === undefined ? key : name));
};

/** Names of network interfaces of the host. @param flags of ConnectListAllInterfacesFlags, 0 for all */
export const interfaceNames =
  (flags = 0): Completer =>
  async ({ connection }) =>
    (await connection.listAllInterfaces(flags)).map(({ name }) => name);

/** Names of devices of the host. */
export const nodeDeviceNames: Completer = async ({ connection }) =>
  (await connection.listAllNodeDevices(0)).map(({ name }) => name);

/** A fixed set of words. */
export const oneOf =
  (...words: readonly string[]): Completer =>
  () =>
    words;
