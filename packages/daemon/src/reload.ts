// Reading the configuration again while clients stay: what can be changed takes the new values, one part after the other.
import { toLibvirtError } from '@virtwire/rpc';
import type { LoadedConfig } from './config.ts';
import { type ConfigName, configRows, type DaemonConfig, reloadableSettings } from './config-rows.ts';
import type { Log } from './log.ts';

/** A part of the daemon that can be told of new settings, or reads files of its own again. */
export interface Reloadable {
  /** For the log, e.g. `certificates`. */
  readonly name: string;
  /** @throws whatever keeps the old state in use; it is told in the log and the other parts go on */
  reload(config: DaemonConfig): void | Promise<void>;
}

/** The settings in force: those that may change while clients stay, change here. */
export type LiveConfig = { -readonly [N in ConfigName]: DaemonConfig[N] };

/** What can be reloaded. */
export class Reloadables {
  /** Read from it at the moment of use, and a reload is seen. */
  readonly live: LiveConfig;
  private readonly log: Log;
  private loaded: DaemonConfig;
  private readonly parts: Reloadable[] = [];
  private readonly fixed = new Map<ConfigName, string>();
  private running: Promise<void> = Promise.resolve();

  constructor(config: DaemonConfig, log: Log) {
    this.live = { ...config };
    this.loaded = config;
    this.log = log;
  }

  add(part: Reloadable): void {
    this.parts.push(part);
  }

  /** Settings that could be changed, but not in this daemon. @param why in words */
  fix(names: readonly ConfigName[], why: string): void {
    for (const name of names) this.fixed.set(name, why);
  }

  /** Reads the file by `load` and tells all parts; one reload at a time. A file with faults changes nothing. */
  reload(load: () => LoadedConfig): Promise<void> {
    this.running = this.running.then(() => this.run(load));
    return this.running;
  }

  private async run(load: () => LoadedConfig): Promise<void> {
    const { log } = this;
    let loaded: LoadedConfig;
    try {
      loaded = load();
    } catch (error) {
      log.error('daemon', `the configuration is not reloaded: ${toLibvirtError(error).message}`);
      return;
    }
    for (const warning of loaded.warnings) log.warning('daemon', warning);
    const changed: string[] = [];
    for (const name of Object.keys(configRows) as ConfigName[]) {
      const value = loaded.config[name];
      if (JSON.stringify(value) === JSON.stringify(this.loaded[name])) continue;
      const why = this.fixed.get(name);
      if (reloadableSettings.has(name) && why === undefined) {
        Object.assign(this.live, { [name]: value });
        changed.push(name);
      } else {
        const because = why === undefined ? '' : `: ${why}`;
        log.warning('daemon', `${name} has changed, which counts from the next start only${because}`);
      }
    }
    this.loaded = loaded.config;
    for (const part of this.parts) {
      try {
        await part.reload(this.live);
      } catch (error) {
        log.error('daemon', `${part.name}: not reloaded: ${toLibvirtError(error).message}`);
      }
    }
    log.info('daemon', `reloaded${changed.length === 0 ? '' : `, changed: ${changed.join(', ')}`}`);
  }
}
