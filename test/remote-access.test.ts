// The ways of remote access that are promised, and for each the tests in which both shells go it to both daemons.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const interop = fileURLToPath(new URL('interop/', import.meta.url));

const access = 'remote-access.test.ts';
const tls = 'tls-clients.test.ts';
const ssh = 'ssh-transports.test.ts';
const sasl = 'sasl-passwords.test.ts';
const uris = 'uri-rows.test.ts';

/** File and name of a test; names are parts of what stands there. */
type Found = readonly [file: string, name: string];

const ports: Found = [access, 'default ports and sockets, read-only as well'];
const otherPorts: Found = [access, 'other ports, by number and by the name of a service'];
const listening: Found = [access, 'listening at ${address} alone'];
const credentials: Found = [access, 'SASL over unix, tcp and tls, the password in auth.conf at its usual place'];
const intoVirtwired: Found = [ssh, 'both shells through ssh to virtwired'];

const cases: readonly [what: string, ...tests: Found[]][] = [
  ['tls: default port', ports, [tls, 'default port and paths, addresses of both families, pkipath, names']],
  ['tls: custom port', otherPorts, [tls, 'another port, and names that may come in']],
  ['tls: IPv4 and IPv6 listen addresses', listening],
  ['tls: pkipath, no_verify', [tls, 'default port and paths, addresses of both families, pkipath, names']],
  ['tls: DN list', [tls, 'another port, and names that may come in']],
  ['tls: CRL', [tls, 'revoked clients stay outside']],
  ['tls: no client certificates', [tls, 'a daemon that asks for no certificate lets everybody in']],
  ['tls: SASL', credentials, ['sasl-tls.test.ts', 'certificate and password are both asked for']],
  ['tls: read-only', ports],
  ['tls: priority strings', [tls, 'priority strings on either side']],
  ['tcp: default port, read-only', ports],
  ['tcp: custom port', otherPorts],
  ['tcp: IPv4 and IPv6 listen addresses', listening],
  ['tcp: SASL', credentials, [sasl, 'DIGEST-MD5 with encryption on plain TCP']],
  ['unix: default, read-only, custom socket', ports],
  ['unix: SASL, auth.conf', credentials, [sasl, 'the best mechanism on a socket']],
  ['unix: group permission', [access, 'sockets by group and mode']],
  ['ssh, libssh, libssh2: keys', [ssh, 'ssh with a key'], [ssh, '${name} with a key'], intoVirtwired],
  ['ssh: IPv6', [ssh, 'ssh to an IPv6 address'], [ssh, '${name} to an IPv6 address']],
  [
    'ssh: changed host key',
    [ssh, '${name} to a host with another key than stored'],
    ['doctor-ssh.test.ts', 'a host key that has changed, by OpenSSH'],
  ],
  ['ssh: no key', [ssh, 'ssh with a key that is not known'], [ssh, '${name} without a key']],
  ['ssh: bad host', [ssh, 'ssh to a name that does not resolve'], [ssh, '${name} to a name that does not resolve']],
  [
    'ssh: netcat and native proxies',
    [ssh, 'ssh with the native proxy'],
    [ssh, 'ssh with netcat'],
    [ssh, '${name} with netcat'],
    intoVirtwired,
  ],
  ['ssh: keyfile, command', [ssh, 'ssh with a key'], [ssh, 'ssh by another program']],
  ['ext', [access, 'any program carries the bytes to either daemon'], [ssh, 'ext without a program']],
  [
    'aliases and defaults',
    [access, 'aliases and defaults lead to either daemon'],
    [uris, 'LIBVIRT_DEFAULT_URI before uri_default'],
  ],
];

suite('ways of remote access have tests', () => {
  for (const [what, ...tests] of cases) {
    test(what, () => {
      for (const [file, name] of tests) {
        assert.ok(readFileSync(`${interop}${file}`, 'utf8').includes(name), `${file} has no test '${name}'`);
      }
    });
  }
});
