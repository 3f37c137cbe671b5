// What a storage driver may be told, and where it keeps its files when it is told nothing.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the driver says what nobody waits for: files it skipped, uploads that broke off. */
export interface StorageLog {
  warn(message: string): void;
  error(message: string): void;
}

/** What a storage driver may be told. */
export interface StorageDriverOptions {
  /** True for `storage:///system`, false for `storage:///session`; by default, whether this process is root's. */
  readonly privileged?: boolean;
  /** Directory of the definitions, `/etc/libvirt/storage` or `$XDG_CONFIG_HOME/libvirt/storage`. */
  readonly configDir?: string;
  /** Directory of what runs, `/run/libvirt/storage` or `$XDG_RUNTIME_DIR/libvirt/storage/run`. */
  readonly stateDir?: string;
  /** The program that makes images, found in the path by default. */
  readonly qemuImg?: string;
  /** Messages go nowhere when it is left out. */
  readonly log?: StorageLog;
}

/** Options with nothing left out. */
export type StorageSettings = Required<StorageDriverOptions>;

/** Fills in what was left out. */
export function storageSettings(options: StorageDriverOptions): StorageSettings {
  const privileged = options.privileged ?? process.getuid?.() === 0;
  const { XDG_CONFIG_HOME, XDG_RUNTIME_DIR, XDG_CACHE_HOME } = process.env;
  const userConfig = XDG_CONFIG_HOME || join(homedir(), '.config');
  const userRuntime = XDG_RUNTIME_DIR || XDG_CACHE_HOME || join(homedir(), '.cache');
  return {
    privileged,
    configDir: options.configDir ?? (privileged ? '/etc/libvirt/storage' : join(userConfig, 'libvirt/storage')),
    stateDir: options.stateDir ?? (privileged ? '/run/libvirt/storage' : join(userRuntime, 'libvirt/storage/run')),
    qemuImg: options.qemuImg ?? 'qemu-img',
    log: options.log ?? { warn: () => undefined, error: () => undefined },
  };
}
