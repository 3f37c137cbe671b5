// Where pools are kept: their definitions, which of them start by themselves, and which are running.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatStoragePool, parseStoragePoolElement, parseXml, type StoragePoolDef } from '@virtwire/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { leftover, makeDirectory, removeFile, writeFileAtomically, writeLinkAtomically } from './atomic-file.ts';
import { errnoFailure, errnoName, systemError } from './errors.ts';
import type { StorageLog } from './options.ts';

/** More than this in one file, and it is no definition of a pool. */
const maxFileBytes = 4 * 1024 * 1024;

/** A definition that was found on disk. */
export interface StoredPool {
  readonly def: StoragePoolDef;
  readonly autostart: boolean;
}

/**
 * The files of the driver, named and written as libvirt's: `NAME.xml` in the configuration directory, a symbolic link to
 * it in `autostart/`, and `NAME.xml` in the state directory while a pool runs.
 */
export class PoolFiles {
  readonly configDir: string;
  readonly stateDir: string;
  private readonly log: StorageLog;

  constructor(configDir: string, stateDir: string, log: StorageLog) {
    this.configDir = configDir;
    this.stateDir = stateDir;
    this.log = log;
  }

  /** Makes the directories and removes what a killed process left half written. */
  async prepare(): Promise<void> {
    for (const directory of [this.stateDir, this.configDir, this.autostartDir]) {
      try {
        await makeDirectory(directory);
      } catch (thrown) {
        throw systemError(thrown, `cannot create directory '${directory}'`);
      }
      for (const name of await readdir(directory)) if (leftover.test(name)) await removeFile(join(directory, name));
    }
  }

  /** Reads the pools that were running; bad files are logged and left out. */
  async loadStates(): Promise<StoragePoolDef[]> {
    const found: StoragePoolDef[] = [];
    await this.eachXml(this.stateDir, async (path, name) => {
      const root = await parseXml(await readText(path), {
        source: path,
        root: 'poolstate',
        errorDomain: ErrorDomain.Storage,
      });
      const node = root.child('pool');
      if (node === null) throw new LibvirtError(ErrorCode.InternalError, `no <pool> element in '${path}'`);
      const def = parseStoragePoolElement(node);
      if (def.name !== name) {
        throw new LibvirtError(
          ErrorCode.InternalError,
          `Storage pool state file '${path}' does not match pool name '${def.name}'`,
        );
      }
      found.push(def);
    });
    return found;
  }

  /** Reads the definitions; bad files are logged and left out. */
  async loadConfigs(): Promise<StoredPool[]> {
    const found: StoredPool[] = [];
    await this.eachXml(this.configDir, async (path, name) => {
      const root = await parseXml(await readText(path), {
        source: path,
        root: 'pool',
        errorDomain: ErrorDomain.Storage,
      });
      const def = parseStoragePoolElement(root);
      if (def.name !== name) {
        throw new LibvirtError(
          ErrorCode.XmlError,
          `Storage pool config filename '${path}' does not match pool name '${def.name}'`,
        );
      }
      found.push({ def, autostart: await pointsTo(this.autostartPath(name), path) });
    });
    return found;
  }

  /** Keeps a definition. */
  async saveConfig(def: StoragePoolDef): Promise<void> {
    await this.save(this.configPath(def.name), def, formatStoragePool(def));
  }

  /** Notes that a pool is running. */
  async saveState(def: StoragePoolDef): Promise<void> {
    const text = `<poolstate>\n${formatStoragePool(def, 2)}</poolstate>\n`;
    await this.save(join(this.stateDir, `${def.name}.xml`), def, text);
  }

  /** Notes that a pool is not running any more. */
  async removeState(name: string): Promise<void> {
    try {
      await removeFile(join(this.stateDir, `${name}.xml`));
    } catch (thrown) {
      this.log.error(`cannot remove state file of pool '${name}': ${String(thrown)}`);
    }
  }

  /** Drops a definition and its link. */
  async removeConfig(name: string): Promise<void> {
    try {
      await removeFile(this.configPath(name));
    } catch (thrown) {
      throw new LibvirtError(ErrorCode.InternalError, `cannot remove config for ${name}`, {
        domain: ErrorDomain.Storage,
        cause: thrown,
      });
    }
    try {
      await removeFile(this.autostartPath(name));
    } catch (thrown) {
      this.log.error(`Failed to delete autostart link '${this.autostartPath(name)}': ${String(thrown)}`);
    }
  }

  /** Makes a pool start by itself, or not. */
  async setAutostart(name: string, autostart: boolean): Promise<void> {
    const link = this.autostartPath(name);
    if (!autostart) {
      await removeFile(link).catch((thrown: unknown) => {
        throw systemError(thrown, `Failed to delete symlink '${link}'`);
      });
      return;
    }
    try {
      await makeDirectory(this.autostartDir);
    } catch (thrown) {
      throw systemError(thrown, `cannot create autostart directory ${this.autostartDir}`);
    }
    try {
      await writeLinkAtomically(link, this.configPath(name));
    } catch (thrown) {
      throw systemError(thrown, `Failed to create symlink '${link}' to '${this.configPath(name)}'`);
    }
  }

  /** True the first time since the state directory was emptied, that is, since the host started. */
  async firstStart(): Promise<boolean> {
    const marker = join(this.stateDir, 'autostarted');
    if ((await statOf(marker)) !== null) return false;
    await writeFileAtomically(marker, '');
    return true;
  }

  private get autostartDir(): string {
    return join(this.configDir, 'autostart');
  }

  private configPath(name: string): string {
    return join(this.configDir, `${name}.xml`);
  }

  private autostartPath(name: string): string {
    return join(this.autostartDir, `${name}.xml`);
  }

  private async save(path: string, def: StoragePoolDef, xml: string): Promise<void> {
    try {
      // libvirt's name for what it writes first is longer than ours: what it refuses, we refuse.
      if (Buffer.byteLength(`${def.name}.xml.new`) > 255) throw errnoFailure('ENAMETOOLONG');
      await writeFileAtomically(path, warning(def) + xml);
    } catch (thrown) {
      throw systemError(thrown, `Failed to create file '${path}.new'`, ErrorDomain.None);
    }
  }

  private async eachXml(directory: string, read: (path: string, name: string) => Promise<void>): Promise<void> {
    const entries = await readdir(directory, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.name.endsWith('.xml') || entry.isDirectory()) continue;
      const path = join(directory, entry.name);
      try {
        await read(path, entry.name.slice(0, -'.xml'.length));
      } catch (thrown) {
        this.log.error(`ignoring '${path}': ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    }
  }
}

async function readText(path: string): Promise<string> {
  const facts = await stat(path);
  if (!facts.isFile()) throw new LibvirtError(ErrorCode.InternalError, 'not a regular file');
  if (facts.size > maxFileBytes) throw new LibvirtError(ErrorCode.InternalError, `larger than ${maxFileBytes} bytes`);
  return readFile(path, 'utf8');
}

// The name stands in a shell command and in an XML comment: what could break either gives way to the UUID.
function warning(def: StoragePoolDef): string {
  const name = /[\r\t\n !"#$&'()*;<>?[\\\]^`{|}~]|--/.test(def.name) ? def.uuid : def.name;
  return `<!--
WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE
OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:
  virsh pool-edit ${name}
or other application using the libvirt API.
-->

`;
}

async function pointsTo(link: string, path: string): Promise<boolean> {
  const [a, b] = [await statOf(link), await statOf(path)];
  return a !== null && b !== null && a.ino === b.ino && a.dev === b.dev;
}

async function statOf(path: string): Promise<{ ino: bigint; dev: bigint } | null> {
  try {
    return await stat(path, { bigint: true });
  } catch (thrown) {
    if (errnoName(thrown) === null) throw thrown;
    return null;
  }
}
