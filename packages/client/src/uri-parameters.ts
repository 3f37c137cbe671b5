// The URI parameters that the client itself takes, one row each; all others go to the other side.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { UriQueryParameter } from './uri.ts';

/** Which daemon to look for behind a socket. */
export type RemoteMode = 'auto' | 'direct' | 'legacy';
/** How ssh transports reach the daemon's socket. */
export type RemoteProxy = 'auto' | 'netcat' | 'native';

/** What the parameters of a URI ask of the client. Null: not given. */
export interface RemoteParameters {
  /** URI to open on the other side, instead of the one derived from ours. */
  name: string | null;
  command: string | null;
  socket: string | null;
  /** Wanted way of authentication: `sasl`, `sasl.MECHANISM`, `polkit`. */
  auth: string | null;
  /** File of credentials to look into instead of the user's and the system's. */
  authFile: string | null;
  netcat: string | null;
  keyfile: string | null;
  pkipath: string | null;
  knownHosts: string | null;
  knownHostsVerify: string | null;
  sshauth: string | null;
  tlsPriority: string | null;
  mode: RemoteMode | null;
  proxy: RemoteProxy | null;
  noSanity: boolean;
  noVerify: boolean;
  noTty: boolean;
  keepaliveIntervalS: number | null;
  keepaliveCount: number | null;
}

/** A row: one parameter. */
export interface UriParameter {
  /** Its name; case does not matter. */
  readonly name: string;
  /** True when the other side gets it, too. */
  readonly passedOn?: true;
  /** Puts the value where it belongs. @throws LibvirtError `InvalidArg` */
  apply(parameters: RemoteParameters, value: string): void;
}

type TextKey = {
  [K in keyof RemoteParameters]: string | null extends RemoteParameters[K] ? K : never;
}[keyof RemoteParameters];

function text(name: string, key: TextKey): UriParameter {
  return {
    name,
    apply: (parameters, value) => {
      parameters[key] = value;
    },
  };
}

function flag(name: string, key: 'noSanity' | 'noVerify' | 'noTty'): UriParameter {
  return {
    name,
    apply: (parameters, value) => {
      parameters[key] = integer(name, value) !== 0;
    },
  };
}

function choice<K extends 'mode' | 'proxy'>(
  name: K,
  choices: readonly NonNullable<RemoteParameters[K]>[],
  unknown: (value: string) => string,
): UriParameter {
  return {
    name,
    apply: (parameters, value) => {
      const chosen = choices.find((each) => each === value);
      if (chosen === undefined) throw invalid(unknown(value));
      parameters[name] = chosen;
    },
  };
}

const mode: UriParameter = choice('mode', ['auto', 'direct', 'legacy'], (value) => `Unknown remote mode '${value}'`);
// The misspelt text is libvirt's.
const proxy: UriParameter = choice('proxy', ['auto', 'netcat', 'native'], (value) => `Unnkown proxy type '${value}'`);

// libvirt leaves these two to the server's URI, which ignores them; here they work, and still go there.
const keepaliveInterval: UriParameter = {
  name: 'keepalive_interval',
  passedOn: true,
  apply: (parameters, value) => {
    parameters.keepaliveIntervalS = integer('keepalive_interval', value);
  },
};
const keepaliveCount: UriParameter = {
  name: 'keepalive_count',
  passedOn: true,
  apply: (parameters, value) => {
    parameters.keepaliveCount = integer('keepalive_count', value);
  },
};

/** All parameters that the client takes. `mode` and `proxy` come last: libvirt looks at them after all others. */
export const uriParameters: readonly UriParameter[] = [
  text('name', 'name'),
  text('command', 'command'),
  text('socket', 'socket'),
  text('auth', 'auth'),
  text('authfile', 'authFile'),
  text('netcat', 'netcat'),
  text('keyfile', 'keyfile'),
  text('pkipath', 'pkipath'),
  text('known_hosts', 'knownHosts'),
  text('known_hosts_verify', 'knownHostsVerify'),
  text('sshauth', 'sshauth'),
  text('tls_priority', 'tlsPriority'),
  flag('no_sanity', 'noSanity'),
  flag('no_verify', 'noVerify'),
  flag('no_tty', 'noTty'),
  keepaliveInterval,
  keepaliveCount,
  mode,
  proxy,
];

const byName = new Map(uriParameters.map((row) => [row.name, row]));

/** Tells whether a parameter is kept from the other side. */
export function isOwnParameter({ name }: UriQueryParameter): boolean {
  const row = byName.get(name.toLowerCase());
  return row !== undefined && row.passedOn === undefined;
}

/** Words of libvirt.conf for parameters that a URI does not give; asked for when needed. */
export interface ParameterDefaults {
  readonly mode?: () => string | null;
  readonly proxy?: () => string | null;
}

/**
 * Reads what the parameters of a URI ask of the client; of a repeated one the last counts. Others are passed over.
 *
 * @throws LibvirtError `InvalidArg` in libvirt's words
 */
export function readParameters(
  given: readonly UriQueryParameter[],
  defaults: ParameterDefaults = {},
): RemoteParameters {
  const parameters: RemoteParameters = {
    name: null,
    command: null,
    socket: null,
    auth: null,
    authFile: null,
    netcat: null,
    keyfile: null,
    pkipath: null,
    knownHosts: null,
    knownHostsVerify: null,
    sshauth: null,
    tlsPriority: null,
    mode: null,
    proxy: null,
    noSanity: false,
    noVerify: false,
    noTty: false,
    keepaliveIntervalS: null,
    keepaliveCount: null,
  };
  for (const row of uriParameters) {
    const values = given.filter(({ name }) => name.toLowerCase() === row.name);
    if (row.name === 'mode' || row.name === 'proxy') {
      // Of a choice libvirt reads the last word only.
      const word = values.at(-1)?.value ?? defaults[row.name]?.() ?? null;
      if (word !== null) row.apply(parameters, word);
    } else {
      for (const { value } of values) row.apply(parameters, value);
    }
  }
  return parameters;
}

function integer(name: string, value: string): number {
  const number = /^\s*[+-]?[0-9]{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(Math.abs(number) <= 2_147_483_647)) throw invalid(`Failed to parse value of URI component ${name}`);
  return number;
}

function invalid(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, detail, { domain: ErrorDomain.Remote });
}
