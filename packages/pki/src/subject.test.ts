// Names of certificates: the order of fields, what a field takes, what is a name of a host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LibvirtError } from '@virtwire/rpc/error';
import { hostNames, orderedSubject, type SubjectType } from './subject.ts';

test('fields stand in the order of certtool, whatever the order they are given in', () => {
  const fields = (['EMAIL', 'CN', 'UID', 'O', 'C', 'DC', 'L', 'ST', 'OU'] as const).map((type) => ({
    type,
    value: type === 'C' ? 'GB' : 'x',
  }));

  assert.equal(
    orderedSubject(fields)
      .map(({ type }) => type)
      .join(),
    'C,ST,L,O,OU,CN,UID,DC,EMAIL',
  );
});

test('values that a field cannot take are refused', () => {
  const refused: readonly (readonly [SubjectType, string])[] = [
    ['C', 'gb'],
    ['C', 'GBR'],
    ['CN', ''],
    ['CN', 'a\nb'],
    ['CN', 'x'.repeat(65)],
    ['EMAIL', 'ä@example.com'],
  ];
  for (const [type, value] of refused) {
    assert.throws(() => orderedSubject([{ type, value }]), { name: 'LibvirtError' }, `${type}=${value}`);
  }
});

test('names and addresses are told apart, and written in one way', () => {
  const given = ['host1', 'Host1', 'bücher.example', '192.0.2.1', '[2001:db8::1]', '*.example.com', 'host.example.'];

  assert.deepEqual(hostNames(given), {
    dns: ['host1', 'xn--bcher-kva.example', '*.example.com', 'host.example'],
    addresses: ['192.0.2.1', '2001:db8::1'],
  });
});

test('what is neither name nor address of a host is refused', () => {
  for (const name of [
    '',
    'a b',
    'a/b',
    '-x',
    'a..b',
    '300.1.1.1',
    'fe80::1%eth0',
    'https://x',
    'a\0b',
    'x'.repeat(300),
  ]) {
    assert.throws(() => hostNames([name]), { name: 'LibvirtError' }, name);
  }
});

test('random names give names or a LibvirtError', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (names) => {
      try {
        hostNames(names);
      } catch (thrown) {
        assert.ok(thrown instanceof LibvirtError);
      }
    }),
  );
});
