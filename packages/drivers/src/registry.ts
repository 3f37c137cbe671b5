// Chooses the driver for a URI.
import type { CallContext, Driver, DriverFactory } from '@virtwire/protocol';
import { type Answer, ErrorCode, LibvirtError } from '@virtwire/rpc';

/** A factory that may also be asked when the client names no URI. */
export interface ProbingDriverFactory extends DriverFactory {
  /** The URI that it would open on this host, or null when it does not offer itself. */
  probe?(context: CallContext): string | null;
}

/** A driver together with the URI that it was opened for. */
export interface OpenedDriver {
  /** What `virConnectGetURI` tells. */
  readonly uri: string;
  readonly driver: Driver;
}

/** Drivers by the scheme of their URIs. */
export interface DriverRegistry {
  /**
   * Opens a connection.
   *
   * @param uri without transport and host; empty means the first driver that offers itself
   * @throws LibvirtError `NoConnect` when no driver knows the scheme, or whatever the driver says
   */
  open(uri: string, context: CallContext): Answer<OpenedDriver>;
}

/** Makes a registry; the order of the factories is the order of probing. */
export function driverRegistry(factories: readonly ProbingDriverFactory[]): DriverRegistry {
  const byScheme = new Map(factories.map((factory) => [factory.scheme, factory]));
  return {
    open(uri, context) {
      const [factory, chosen] = choose(uri, context);
      const driver = factory.open(chosen, context);
      return driver instanceof Promise
        ? driver.then((opened) => ({ uri: chosen, driver: opened }))
        : { uri: chosen, driver };
    },
  };

  function choose(uri: string, context: CallContext): readonly [DriverFactory, string] {
    if (uri === '') {
      for (const factory of factories) {
        const offered = factory.probe?.(context) ?? null;
        if (offered !== null) return [factory, offered];
      }
      // The C library prints a null pointer here, too.
      throw new LibvirtError(ErrorCode.NoConnect, '<null>');
    }
    // Schemes are compared as written: libvirt does not know TEST:///default.
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1];
    if (scheme === undefined) {
      throw new LibvirtError(ErrorCode.NoConnect, `URI '${uri}' does not include a driver name`);
    }
    const factory = byScheme.get(scheme);
    if (factory === undefined) throw new LibvirtError(ErrorCode.NoConnect, uri);
    return [factory, uri];
  }
}
