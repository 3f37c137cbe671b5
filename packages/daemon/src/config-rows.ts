// Every setting of libvirtd.conf as one row: type, default, limits, what it does here, and whether it is built.

import { addressFault } from './address-list.ts';

/** The types that a setting can have, and what they become. */
interface ConfigTypes {
  bool: boolean;
  uint: number;
  int: number;
  string: string | null;
  stringList: readonly string[] | null;
}

/** What is known besides the value when a setting is judged. */
export interface ConfigSituation {
  /** True when the daemon was started with --listen. */
  readonly listen: boolean;
  /** True when it shall listen on plain TCP, too. */
  readonly listenTcp: boolean;
  /** True when the setting stands in the file. */
  readonly isSet: boolean;
}

/**
 * What a setting does here.
 *
 * - `built`: what libvirtd does;
 * - `idle`: accepted and without effect, with the reason; nobody is less protected for it;
 * - `missing`: asks for protection that is not there yet, so the daemon refuses to start when `asks` says so.
 */
export type ConfigState<T> =
  | 'built'
  | {
      readonly idle: string;
      /** True when libvirtd does not even look at the type of its value. */
      readonly unread?: true;
    }
  | { readonly missing: string; asks(value: T, situation: ConfigSituation): boolean };

/** One setting. */
export interface ConfigRow<K extends keyof ConfigTypes = keyof ConfigTypes> {
  readonly type: K;
  readonly default: ConfigTypes[K];
  /** The default in words, where it depends on something. */
  readonly defaultText?: string;
  readonly doc: string;
  /** A value to start from, where the default cannot be written, or would be refused. */
  readonly example?: ConfigTypes[K];
  readonly state: ConfigState<ConfigTypes[K]>;
  /** Says what is wrong with a value of the right type, in libvirt's words where it has some. */
  check?(value: ConfigTypes[K]): ConfigFault | null;
}

/** What is wrong with a value; `place` is put in front of the detail when the file's name belongs there. */
export interface ConfigFault {
  readonly kind: 'internal' | 'unsupported';
  readonly detail: string;
  readonly named: boolean;
}

type Rest<K extends keyof ConfigTypes> = Omit<ConfigRow<K>, 'type' | 'default' | 'doc' | 'state'>;

function row<K extends keyof ConfigTypes>(
  type: K,
  value: ConfigTypes[K],
  doc: string,
  state: ConfigState<ConfigTypes[K]> = 'built',
  rest: Rest<K> = {},
): ConfigRow<K> {
  return { type, default: value, doc, state, ...rest };
}

const accessDrivers = ['none', 'polkit', 'rules'];
const methods = ['none', 'sasl', 'polkit'];

function auth(name: string, value: 'none' | 'sasl', doc: string, asks: (situation: ConfigSituation) => boolean) {
  const state: ConfigState<string | null> = {
    missing: 'polkit only knows local clients, so nobody could connect; write "sasl", or "none"',
    asks: (method, situation) => method === 'polkit' && asks(situation),
  };
  return row('string', value, doc, state, { check: (method) => methodFault(name, method) });
}

function unixAuth(name: string, doc: string) {
  return row('string', null, doc, 'built', {
    example: 'polkit',
    defaultText: "polkit for root's daemon, none for that of a user",
    check: (method) => methodFault(name, method),
  });
}

function methodFault(name: string, method: string | null): ConfigFault | null {
  return method === null || methods.includes(method)
    ? null
    : { kind: 'unsupported', detail: `${name}: unsupported auth ${method}`, named: true };
}

function accessDriverFault(names: readonly string[] | null): ConfigFault | null {
  const unknown = names?.find((name) => !accessDrivers.includes(name));
  if (unknown === undefined) return null;
  return { kind: 'internal', detail: `Cannot find security driver '${unknown}'`, named: false };
}

function workers(name: string, value: number, doc: string, state: ConfigState<number>) {
  return row('uint', value, doc, state, {
    // libvirtd takes 0 for all but max_workers, and then reads nothing from its clients.
    check: (count) =>
      count > 0 ? null : { kind: 'internal', detail: `'${name}' must be greater than 0`, named: false },
  });
}

const noKeepalive = { idle: 'the admin program has no way to ask for it' } as const;
const ignored = { idle: 'libvirt 9.0.0 ignores it, too', unread: true } as const;

// A UUID of equal digits is what firmware without a real one tells.
function isHostUuid(text: string): boolean {
  const digits = text.replaceAll(/[- ]/g, '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(digits) && !/^(.)\1*$/.test(digits);
}

/** All settings by name. */
export const configRows = {
  listen_tls: row('bool', true, 'Accept TLS connections. Counts only with --listen.'),
  listen_tcp: row('bool', false, 'Accept plain TCP connections. Counts only with --listen.'),
  tls_port: row('string', '16514', 'Port of TLS: a number or the name of a service.'),
  tcp_port: row('string', '16509', 'Port of plain TCP: a number or the name of a service.'),
  listen_addr: row('string', null, 'Address or host name to listen on.', 'built', {
    defaultText: 'all addresses of every family',
    example: '192.0.2.1',
  }),
  unix_sock_group: row('string', null, 'Group of the unix sockets, by name or number.', 'built', {
    defaultText: 'that of the daemon',
    example: 'libvirt',
  }),
  unix_sock_ro_perms: row('string', '0777', 'Mode of the read-only socket, in octal.'),
  unix_sock_rw_perms: row('string', null, 'Mode of the read-write socket, in octal.', 'built', {
    defaultText: '0777 with authentication, 0700 when auth_unix_rw is none',
    example: '0770',
  }),
  unix_sock_admin_perms: row('string', '0700', 'Mode of the admin socket, in octal.'),
  unix_sock_dir: row('string', null, 'Directory of the unix sockets.', 'built', {
    defaultText: '/run/libvirt for root, $XDG_RUNTIME_DIR/libvirt for others',
    example: '/run/libvirt',
  }),
  auth_unix_ro: unixAuth('auth_unix_ro', 'Authentication on the read-only socket: none, sasl or polkit.'),
  auth_unix_rw: unixAuth('auth_unix_rw', 'Authentication on the read-write socket: none, sasl or polkit.'),
  auth_tcp: auth('auth_tcp', 'sasl', 'Authentication on plain TCP: none or sasl.', ({ listenTcp }) => listenTcp),
  auth_tls: auth('auth_tls', 'none', 'Authentication inside TLS, besides certificates.', ({ isSet }) => isSet),
  tcp_min_ssf: row('uint', 56, 'Least strength of the encryption by SASL on plain TCP; 112 or more.', 'built', {
    defaultText: '56',
    example: 112,
    check: (value) =>
      value >= 112
        ? null
        : { kind: 'unsupported', detail: 'minimum SSF levels lower than 112 are not supported', named: false },
  }),
  access_drivers: row(
    'stringList',
    null,
    'Finer access control, by call and object: "polkit", "rules" (of virtwired, see access_rules_file), both, or "none".',
    'built',
    { check: accessDriverFault, defaultText: 'none: whoever may connect may do everything', example: ['rules'] },
  ),
  access_rules_file: row(
    'string',
    null,
    'Of virtwired: file with the rules of access_drivers = [ "rules" ].',
    'built',
    {
      example: '/etc/libvirt/virtwired-access.yaml',
      defaultText:
        '/etc/libvirt/virtwired-access.yaml for root, $XDG_CONFIG_HOME/libvirt/virtwired-access.yaml for others',
    },
  ),
  audit_file: row(
    'string',
    null,
    'Of virtwired: file for an audit log of attempts to log in, denials, and calls that change something; see virtwired audit verify.',
    'built',
    { defaultText: 'no audit log', example: '/var/log/libvirt/virtwired-audit.log' },
  ),
  key_file: row(
    'string',
    null,
    'Private key of the server. Whoever names one of key, certificate and authority names all.',
    'built',
    {
      defaultText: '/etc/pki/libvirt/private/serverkey.pem for root, $HOME/.pki/libvirt/serverkey.pem for others',
      example: '/etc/pki/libvirt/private/serverkey.pem',
    },
  ),
  cert_file: row('string', null, 'Certificate of the server, and those between it and the authority.', 'built', {
    defaultText: '/etc/pki/libvirt/servercert.pem for root, $HOME/.pki/libvirt/servercert.pem for others',
    example: '/etc/pki/libvirt/servercert.pem',
  }),
  ca_file: row('string', null, 'Certificates of trusted authorities.', 'built', {
    defaultText: '/etc/pki/CA/cacert.pem for root, $HOME/.pki/libvirt/cacert.pem for others',
    example: '/etc/pki/CA/cacert.pem',
  }),
  crl_file: row('string', null, 'List of certificates that were revoked; it may be absent.', 'built', {
    defaultText: '/etc/pki/CA/cacrl.pem for root, $HOME/.pki/libvirt/cacrl.pem for others; none when key_file is set',
    example: '/etc/pki/CA/cacrl.pem',
  }),
  tls_no_sanity_certificate: row('bool', false, "Skip the check of the server's own certificate at start."),
  tls_no_verify_certificate: row('bool', false, 'Accept clients whatever their certificate.'),
  tls_allowed_dn_list: row(
    'stringList',
    null,
    'Names of the client certificates that are let in, with * and ?; an empty list lets in nobody.',
    'built',
    {
      defaultText: 'any certificate of a trusted authority',
      example: ['C=GB,O=Acme,CN=*'],
    },
  ),
  tls_allowed_ip_list: row(
    'stringList',
    null,
    'Of older libvirtd: addresses that TLS clients may come from, with * and ?, or ADDRESS/BITS; an empty list lets in nobody.',
    'built',
    {
      defaultText: 'any',
      example: ['192.0.2.*', '2001:db8::/32'],
      check: (list) => {
        const fault = list?.map(addressFault).find((each) => each !== null) ?? null;
        return fault === null ? null : { kind: 'unsupported', detail: `tls_allowed_ip_list: ${fault}`, named: true };
      },
    },
  ),
  tls_no_verify_address: row('bool', false, 'Of older libvirtd: leave tls_allowed_ip_list out of account.'),
  tls_priority: row('string', null, 'GnuTLS priority string of the server.', 'built', {
    defaultText: 'NORMAL',
    example: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
  }),
  sasl_allowed_username_list: row(
    'stringList',
    null,
    'Names of the SASL users that are let in, with * and ?; an empty list lets in nobody.',
    'built',
    { defaultText: 'any', example: ['alice', '*@EXAMPLE.COM'] },
  ),
  max_clients: row('uint', 5000, 'Clients at once over all sockets; further ones wait.'),
  max_queued_clients: row('uint', 1000, 'Connections that may wait to be served.'),
  max_anonymous_clients: row('uint', 20, 'Clients at once that have not authenticated yet; further ones wait.'),
  min_workers: row('uint', 5, 'Least that max_workers can be set to at run time; there are no threads to keep ready.'),
  max_workers: workers(
    'max_workers',
    20,
    'Calls of all clients at work at once, those apart that are answered at once.',
    'built',
  ),
  prio_workers: row('uint', 5, 'Further calls at work, for procedures that never wait for a hypervisor.'),
  max_client_requests: workers(
    'max_client_requests',
    5,
    'Calls of one client at work at once; then its connection is not read for a while.',
    'built',
  ),
  admin_min_workers: row('uint', 5, 'As min_workers, for the admin socket.'),
  admin_max_workers: row('uint', 20, 'As max_workers, for the admin socket.'),
  admin_max_clients: row('uint', 5000, 'As max_clients, for the admin socket.'),
  admin_max_queued_clients: row('uint', 20, 'As max_queued_clients, for the admin socket.'),
  admin_max_client_requests: workers(
    'admin_max_client_requests',
    5,
    'As max_client_requests, for the admin socket.',
    'built',
  ),
  log_level: row('uint', 3, 'What is logged: 1 debug, 2 information, 3 warnings, 4 errors.'),
  log_filters: row(
    'string',
    null,
    'Levels for parts of the daemon: LEVEL:PART ...; what is said more needs an output that takes it.',
    'built',
    {
      defaultText: 'none',
      example: '1:rpc 4:daemon',
    },
  ),
  log_outputs: row(
    'string',
    null,
    'Where the log goes: LEVEL:stderr, LEVEL:journald, LEVEL:syslog:NAME or LEVEL:file:PATH, several with blanks between.',
    'built',
    {
      example: '3:syslog:virtwired 1:file:/var/log/libvirt/virtwired.log',
      defaultText:
        'the journal where it takes lines and standard input is no terminal; otherwise stderr, in the background /var/log/libvirt/virtwired.log for root, $XDG_CACHE_HOME/libvirt/virtwired.log for others',
    },
  ),
  audit_level: row(
    'uint',
    1,
    'Auditing by the kernel: 0 none, 1 if the host has it, 2 refuse to run without. As in libvirtd, the drivers that are built have nothing to tell it; see audit_file.',
  ),
  audit_logging: row('bool', false, 'Copy the records of the audit log to the log, with or without an audit_file.'),
  host_uuid: row(
    'string',
    null,
    'UUID of this host.',
    { idle: 'no driver that is built tells the UUID of the host' },
    {
      defaultText: 'what host_uuid_source gives',
      example: '8510b1a1-1afa-4da6-8111-785fae202c1d',
      check: (value) =>
        value === null || isHostUuid(value)
          ? null
          : { kind: 'unsupported', detail: `invalid host UUID: ${value}`, named: true },
    },
  ),
  host_uuid_source: row(
    'string',
    null,
    'Where the UUID of this host comes from: smbios or machine-id.',
    {
      idle: 'no driver that is built tells the UUID of the host',
    },
    {
      defaultText: 'smbios',
      example: 'machine-id',
      check: (value) =>
        value === null || value === 'smbios' || value === 'machine-id'
          ? null
          : { kind: 'unsupported', detail: `invalid UUID source: ${value}`, named: true },
    },
  ),
  keepalive_interval: row('int', 5, 'Seconds of silence before a client is asked whether it lives; 0 or less: never.'),
  keepalive_count: row('uint', 5, 'Questions without answer before the client is cut off.'),
  keepalive_required: row('bool', false, 'Refuse clients that cannot be asked whether they live.', ignored),
  admin_keepalive_required: row('bool', false, 'As keepalive_required, for the admin socket.', ignored),
  admin_keepalive_interval: row('int', 5, 'As keepalive_interval, for the admin socket.', noKeepalive),
  admin_keepalive_count: row('uint', 5, 'As keepalive_count, for the admin socket.', noKeepalive),
  login_timeout: row('uint', 60, 'Of virtwired: seconds for a client to authenticate; 0: for ever.'),
  output_timeout: row(
    'uint',
    60,
    'Of virtwired: seconds in which a client must read something of what waits for it; 0: for ever.',
  ),
  mdns_adv: row('bool', false, 'Advertise the TLS or TCP port in the local network. Counts only with --listen.'),
  mdns_name: row('string', null, 'Name in that advertisement.', 'built', {
    defaultText: '"Virtualization Host" and the name of the host',
    example: 'Host of the test team',
  }),
  metrics_socket: row(
    'string',
    null,
    'Of virtwired: where metrics for Prometheus are served over HTTP: the path of a unix socket, or ADDRESS:PORT.',
    'built',
    { defaultText: 'nowhere', example: '/run/libvirt/virtwired-metrics' },
  ),
  ovs_timeout: row('uint', 5, 'Seconds that commands of Open vSwitch may take.', {
    idle: 'no driver that is built uses it',
  }),
} as const satisfies Readonly<Record<string, unknown>>;

/** Settings that SIGHUP changes while clients stay. */
export const reloadableSettings: ReadonlySet<ConfigName> = new Set<ConfigName>([
  'key_file',
  'cert_file',
  'ca_file',
  'crl_file',
  'access_drivers',
  'access_rules_file',
  'audit_file',
  'tls_allowed_dn_list',
  'tls_allowed_ip_list',
  'sasl_allowed_username_list',
  'max_clients',
  'max_anonymous_clients',
  'min_workers',
  'max_workers',
  'prio_workers',
  'log_level',
  'log_filters',
  'log_outputs',
]);

/** Name of a setting. */
export type ConfigName = keyof typeof configRows;

/** All settings with their values. */
export type DaemonConfig = {
  readonly [N in ConfigName]: (typeof configRows)[N] extends ConfigRow<infer K> ? ConfigTypes[K] : never;
};

/** Headings of the settings, each above the setting that begins its part. */
export const configHeadings: Partial<Readonly<Record<ConfigName, string>>> = {
  listen_tls: 'Where to listen',
  auth_unix_ro: 'Who may connect',
  access_drivers: 'Who may do what, and a log of it',
  key_file: 'TLS',
  sasl_allowed_username_list: 'SASL (mechanisms and users stand in /etc/sasl2/libvirt.conf)',
  max_clients: 'Limits',
  admin_min_workers: 'Limits of the admin socket',
  log_level: 'Log',
  audit_level: 'Auditing',
  host_uuid: 'Host',
  keepalive_interval: 'Keepalive and deadlines',
  mdns_adv: 'Being found and watched',
  ovs_timeout: 'Other',
};
