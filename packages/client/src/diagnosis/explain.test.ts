// Tests of the table of faults: that texts of libvirt lead to their fault, and that nothing is lost or let out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import fc from 'fast-check';
import { likelyDriver } from './drivers.ts';
import { explain, faultOf } from './explain.ts';
import type { Evidence, Situation } from './fault.ts';
import { faults } from './faults.ts';

const situation = (more: Partial<Situation> = {}): Situation => ({
  stage: 'open',
  transport: 'tcp',
  evidence: { host: 'h', port: '1' },
  ...more,
});

const rows: readonly [text: string, fault: string, more: Partial<Situation>, evidence?: Evidence][] = [
  ['End of file while reading data: Input/output error', 'closed-without-answer', {}],
  ['packet 352518908 bytes received from server too large, want 33554436', 'port-speaks-tls', {}],
  ['internal error: connection closed due to keepalive timeout', 'keepalive-lost', { transport: 'unix' }],
  ['authentication unavailable: no polkit agent available to authenticate', 'polkit-without-agent', {}],
  [
    'End of file while reading data: nc: invalid option -- U: Input/output error',
    'netcat-without-unix-sockets',
    { transport: 'ssh' },
  ],
  [
    "Failed to verify peer's certificate",
    'name-mismatch',
    { transport: 'tls' },
    { reason: 'Certificate [session] owner does not match the hostname h', names: ['a', 'b'] },
  ],
  [
    "Failed to verify peer's certificate",
    'server-certificate-untrusted',
    { transport: 'tls' },
    { reason: 'Certificate failed validation: The certificate is not trusted.' },
  ],
  [
    'authentication failed: authentication failed',
    'user-not-allowed',
    { stage: 'authentication' },
    { saslMechanism: 'GSSAPI', saslUser: 'alice' },
  ],
];

for (const [text, fault, more, evidence = {}] of rows) {
  test(`'${text}' is ${fault}`, () => {
    const error = new LibvirtError(ErrorCode.SystemError, null, { message: text, evidence });

    const explained = explain(error, situation(more)) as LibvirtError;

    assert.equal(faultOf(explained), fault);
    assert.equal(explained.message, text);
    assert.ok((explained.hint ?? '').length > 20);
  });
}

test('number, domain, text and outcome stay as they are; what led to it stands below', () => {
  const cause = new Error('below');
  const error = new LibvirtError(ErrorCode.NoConnect, 'bhyve:///system', {
    domain: ErrorDomain.Remote,
    cause,
    remote: true,
    outcomeUnknown: true,
    str3: 'three',
    int1: 7,
  });

  const explained = explain(error, situation()) as LibvirtError;

  const facts = ({
    code,
    domain,
    message,
    level,
    remote,
    outcomeUnknown,
    str1,
    str2,
    str3,
    int1,
    int2,
  }: LibvirtError) => [code, domain, message, level, remote, outcomeUnknown, str1, str2, str3, int1, int2];
  assert.deepEqual(facts(explained), facts(error));
  assert.equal(explained.cause, cause);
  assert.equal(faultOf(explained), 'driver-missing');
});

test('an error that is explained again keeps its step, and takes what is new', () => {
  const first = explain(
    new LibvirtError(ErrorCode.SystemError, null, {
      message: 'Unable to read TLS confirmation: Input/output error',
      evidence: { sent: 'CN=a', sentSerial: '01', revoked: null },
    }),
    situation({ stage: 'connect', transport: 'tls' }),
  ) as LibvirtError;

  const { message, evidence } = first;
  const again = new LibvirtError(ErrorCode.SystemError, null, {
    message,
    evidence: { ...evidence, revoked: true },
    cause: first.cause,
  });
  const second = explain(again, situation({ stage: 'connect', transport: 'tls' })) as LibvirtError;

  assert.equal(faultOf(first), 'client-certificate-refused');
  assert.equal(faultOf(second), 'client-certificate-revoked');
  assert.equal(second.stage, 'certificate');
});

test('what is no error of libvirt passes', () => {
  const reason = new Error('given up');

  assert.equal(explain(reason, situation()), reason);
  assert.equal(explain(undefined, situation()), undefined);
  assert.equal(faultOf(reason), null);
});

test('a slip in the name of a driver leads to the one that is meant', () => {
  const meant = ['qmeu', 'quemu', 'qemu', 'tset', 'localhost', 'http', 'lcx', ''].map(likelyDriver);

  assert.deepEqual(meant, ['qemu', 'qemu', null, 'test', null, null, null, null]);
});

test('names of faults are words, each once', () => {
  const names = faults.map(({ name }) => name);

  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z]+(-[a-z]+)*$/);
});

test('any text and any evidence is explained, with a hint', () => {
  const texts = fc.oneof(fc.string(), fc.constantFrom(...rows.map(([text]) => text)));
  const value = fc.oneof(fc.string(), fc.constant(null), fc.boolean(), fc.array(fc.string()), fc.object());
  const keys = fc.constantFrom('reason', 'names', 'sent', 'files', 'allowedNames', 'notAfter', 'saslMechanism', 'host');
  fc.assert(
    fc.property(
      texts,
      fc.dictionary(keys, value),
      fc.constantFrom('tcp', 'tls', 'unix', 'ssh', 'libssh', 'ext', null),
      fc.constantFrom('uri', 'resolve', 'connect', 'tls', 'authentication', 'open'),
      (message, evidence, transport, stage) => {
        const error = new LibvirtError(ErrorCode.SystemError, null, { message, evidence });
        const explained = explain(error, { stage, transport, evidence: {} });

        assert.ok(explained instanceof LibvirtError);
        assert.ok(explained.hint !== null && explained.stage !== null && explained.evidence !== null);
      },
    ),
  );
});
