import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressFault, isAllowedAddress } from './address-list.ts';

test('addresses, patterns and networks let in what they stand for', () => {
  const cases: readonly (readonly [list: string[], inside: string[], outside: string[]])[] = [
    [['192.0.2.7'], ['192.0.2.7', '::ffff:192.0.2.7'], ['192.0.2.77', '::1']],
    [['192.0.2.*'], ['192.0.2.7', '192.0.2.255'], ['192.0.20.7', '10.192.0.2']],
    [
      ['10.0.0.0/8', '::1'],
      ['10.255.1.2', '::ffff:10.1.1.1', '::1'],
      ['11.0.0.1', '::2'],
    ],
    [['2001:db8::/32'], ['2001:db8:1::5', '2001:0DB8::1'], ['2001:db9::1', '192.0.2.7']],
    [['2001:DB8:0::1'], ['2001:db8::1'], ['2001:db8::2']],
    [['fe80::*'], ['fe80::1%eth0'], ['fd00::1']],
    [['0.0.0.0/0'], ['1.2.3.4'], ['::1']],
    [['::ffff:192.0.2.7'], ['192.0.2.7', '::ffff:192.0.2.7'], ['192.0.2.8', '::1']],
    [['::ffff:192.0.2.*'], ['::ffff:192.0.2.7'], ['192.0.20.7']],
    [['::ffff:10.0.0.0/104'], ['10.1.2.3', '::ffff:10.1.2.3'], ['11.0.0.1', '::1']],
    [[], [], ['127.0.0.1', '::1']],
  ];
  for (const [list, inside, outside] of cases) {
    for (const entry of list) assert.equal(addressFault(entry), null, entry);
    for (const address of inside) assert.equal(isAllowedAddress(list, address), true, `${list.join()} ${address}`);
    for (const address of outside) assert.equal(isAllowedAddress(list, address), false, `${list.join()} ${address}`);
  }
  assert.equal(isAllowedAddress(null, '192.0.2.7'), true);
});

test('what can be no address is told', () => {
  for (const entry of [
    '',
    'host',
    'host*',
    '10.0.0.0/33',
    '10.0.0.*/8',
    '::/129',
    '::/x',
    '::/1/2',
    '300.0.0.1',
    '/8',
  ]) {
    assert.match(addressFault(entry) ?? '', /^'.*' is (neither an address|no network)/, entry);
  }
});

test('no entry and no address throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (entry, address) => {
      if (addressFault(entry) === null) isAllowedAddress([entry], address);
      isAllowedAddress([address], entry);
    }),
  );
});
