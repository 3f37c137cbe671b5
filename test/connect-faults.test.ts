// The faults that errors of connecting and `doctor` tell apart, and for each the tests in which a real peer has it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { faults as rows } from '../packages/client/src/diagnosis/faults.ts';

const interop = fileURLToPath(new URL('interop/', import.meta.url));

/** Files of tests, with the names of those in which the fault is. */
type Tests = Readonly<Record<string, readonly string[]>>;

const network = 'doctor-network.test.ts';
const certificates = 'doctor-certificates.test.ts';
const authentication = 'doctor-authentication.test.ts';
const ssh = 'doctor-ssh.test.ts';

const ofServers: Tests = { [certificates]: ['certificates of servers that are refused'] };
const refused: Tests = {
  [certificates]: ['certificates of clients that servers refuse without a word: four causes of one text'],
};
const ofOurFiles: Tests = {
  [certificates]: ['our own files: none, incomplete, unreadable, of another pair, past, early, for something else'],
};
const sasl: Tests = {
  [authentication]: ['SASL: wrong password, user not allowed, no mechanism in common, nobody to ask'],
};
const sockets: Tests = { [network]: ['sockets: missing, not for this user, left behind'] };
const ports: Tests = { [network]: ['TLS and plain RPC on the port of the other'] };
const programs: Tests = {
  [network]: ['programs of ext: missing, ending, writing something else; and what URIs get wrong'],
};
const openings: Tests = {
  [network]: ['a driver that is not there, a daemon that is stopped, a link that goes silent'],
};

/** What must be told apart: the fault in words, the name of its row, its tests. */
const contract: readonly [fault: string, name: string, tests: Tests][] = [
  ['name does not resolve', 'name-does-not-resolve', { [network]: ['a name that does not resolve'] }],
  ['nothing listens, per address', 'nothing-listens', { [network]: ['a port where nobody listens, for each address'] }],
  ['firewall drop', 'no-answer', { [network]: ['a firewall that drops packets, and a host without a way to it'] }],
  ['plain RPC on the tls port', 'port-speaks-tls', ports],
  ['TLS on the tcp port', 'port-speaks-plain-rpc', ports],
  ["server's CA unknown", 'server-authority-unknown', ofServers],
  ['name mismatch', 'name-mismatch', ofServers],
  ['expired', 'server-certificate-expired', ofServers],
  ['not yet valid', 'server-certificate-not-yet-valid', ofServers],
  ['wrong purpose', 'server-certificate-wrong-purpose', ofServers],
  ['our certificate refused: none sent', 'client-certificate-not-sent', ofOurFiles],
  ['our certificate refused: other CA', 'client-certificate-of-another-authority', refused],
  ['our certificate refused: DN not allowed', 'client-name-not-allowed', refused],
  ['our certificate refused: revoked', 'client-certificate-revoked', refused],
  ['key file missing', 'client-key-missing', ofOurFiles],
  ['key file unreadable', 'certificate-file-unreadable', ofOurFiles],
  ['pkipath incomplete', 'pkipath-incomplete', refused],
  ['SASL mechanisms without overlap', 'no-shared-sasl-mechanism', sasl],
  ['wrong password', 'wrong-password', sasl],
  ['user not allowed', 'user-not-allowed', sasl],
  [
    'encryption demanded',
    'encryption-demanded',
    { [authentication]: ['SASL on a link that anybody may read, with mechanisms that do not encrypt'] },
  ],
  [
    'polkit without agent',
    'polkit-without-agent',
    { [authentication]: ['polkit without an agent, and rules that say no'] },
  ],
  ['socket missing', 'socket-missing', sockets],
  ['permission denied', 'socket-permission-denied', sockets],
  ['ssh host key unknown', 'ssh-host-key-unknown', { [ssh]: ['a host that has never been seen'] }],
  ['ssh host key changed', 'ssh-host-key-changed', { [ssh]: ['a host key that has changed, by OpenSSH'] }],
  ['ssh authentication refused', 'ssh-authentication-refused', { [ssh]: ['a key that is not accepted'] }],
  ['nc without -U', 'netcat-without-unix-sockets', { [ssh]: ['an nc that cannot do unix sockets'] }],
  ['nc missing', 'netcat-missing', { [ssh]: ['nc that is missing'] }],
  ['helper missing', 'helper-missing', { [ssh]: ['the helper that is missing'] }],
  ['banner text before the protocol', 'text-before-protocol', { [ssh]: ['a line of text before the protocol'] }],
  [
    'remote daemon down',
    'remote-daemon-down',
    { [ssh]: ['a daemon that is down, by netcat', 'a daemon that is down, by the helper'] },
  ],
  ['ext program missing', 'program-missing', programs],
  ['ext program exiting', 'program-exited', programs],
  ['driver not there', 'driver-missing', openings],
  ['keepalive lost', 'keepalive-lost', openings],
  ['version too old', 'server-too-old', { [network]: ['what answers is no libvirt daemon, or one that is too old'] }],
];

// Looked for only where nothing better is known; a table of texts has them.
const general: readonly string[] = ['server-certificate-untrusted', 'closed-without-answer'];

suite('faults of connecting have tests', () => {
  for (const [fault, name, tests] of contract) {
    test(`${fault}: ${name}`, () => {
      assert.ok(
        rows.some((row) => row.name === name),
        `no row is called ${name}`,
      );
      for (const [file, names] of Object.entries(tests)) {
        const text = readFileSync(`${interop}${file}`, 'utf8');
        for (const each of names) assert.ok(text.includes(each), `${file} has no test '${each}'`);
        assert.ok(text.includes(`'${name}'`), `${file} does not look for ${name}`);
      }
    });
  }

  test('each row of the table is met by a test of doctor', () => {
    const files = readdirSync(interop).filter((file) => file.startsWith('doctor-'));
    const texts = files.map((file) => readFileSync(`${interop}${file}`, 'utf8')).join('\n');

    const unmet = rows.map(({ name }) => name).filter((name) => !new RegExp(`\\b${name}\\b`).test(texts));

    assert.deepEqual(unmet, general);
  });
});
