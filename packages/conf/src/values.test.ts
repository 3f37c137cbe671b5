// Tests of units, UUIDs, MAC and IP addresses and CPU sets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatCpuSet, parseCpuSet } from './cpu-set.ts';
import { classPrefix, formatIpv4, type IpAddress, netmaskPrefix, parseIp } from './ip-address.ts';
import { isMulticastMac, parseMac, randomMac } from './mac-address.ts';
import { maxUint64, parseUint32, parseUint64, scaleInteger } from './units.ts';
import { formatUuid, parseUuid, randomUuid } from './uuid.ts';

test('scales by suffix as libvirt does', () => {
  const cases: readonly [string | null, bigint][] = [
    [null, 1024n],
    ['', 1024n],
    ['b', 1n],
    ['bytes', 1n],
    ['k', 1024n],
    ['K', 1024n],
    ['KiB', 1024n],
    ['KB', 1000n],
    ['kb', 1000n],
    ['m', 1n << 20n],
    ['MB', 1_000_000n],
    ['GiB', 1n << 30n],
    ['t', 1n << 40n],
    ['PB', 10n ** 15n],
    ['E', 1n << 60n],
  ];

  for (const [suffix, factor] of cases) assert.equal(scaleInteger(3n, suffix, 1024n), 3n * factor, String(suffix));
  assert.throws(() => scaleInteger(1n, 'zz', 1n), { code: 8, message: "invalid argument: unknown suffix 'zz'" });
  assert.throws(() => scaleInteger(16n, 'E', 1n), { code: 82, message: 'numerical overflow: value too large: 16E' });
});

test('reads unsigned numbers within their width only', () => {
  assert.equal(parseUint64(' 18446744073709551615'), maxUint64);
  assert.equal(parseUint64('18446744073709551616'), null);
  assert.equal(parseUint64('-1'), null);
  assert.equal(parseUint64('1 '), null);
  assert.equal(parseUint32('4294967295'), 4294967295);
  assert.equal(parseUint32('4294967296'), null);
});

test('reads UUIDs with and without dashes and prints them canonically', () => {
  const canonical = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';

  assert.equal(parseUuid(canonical.toUpperCase()), canonical);
  assert.equal(parseUuid(` ${canonical.replaceAll('-', '')} `), canonical);
  assert.equal(parseUuid(canonical.slice(1)), null);
  assert.equal(parseUuid(`${canonical}0`), null);
  assert.equal(formatUuid(Uint8Array.from({ length: 16 }, (_, i) => i)), '00010203-0405-0607-0809-0a0b0c0d0e0f');
  assert.equal(parseUuid(randomUuid())?.length, 36);
});

test('reads MAC addresses and knows multicast ones', () => {
  assert.equal(parseMac('52:54:0:1:A:ff'), '52:54:00:01:0a:ff');
  assert.equal(parseMac('52:54:00:01:02'), null);
  assert.equal(parseMac('52-54-00-01-02-03'), null);
  assert.equal(isMulticastMac('01:00:00:00:00:00'), true);
  assert.match(randomMac(), /^52:54:00:/);
});

test('reads IPv4 and IPv6 addresses and netmasks', () => {
  assert.deepEqual(parseIp('192.168.0.1'), { family: 'ipv4', value: 0xc0a80001n });
  assert.equal(parseIp('256.0.0.1'), null);
  assert.equal(parseIp('::1')?.value, 1n);
  assert.equal(parseIp('::ffff:1.2.3.4')?.value, 0xffff01020304n);
  assert.equal(parseIp('1::2::3'), null);
  assert.equal(parseIp('1:2:3:4:5:6:7:8')?.value, 0x00010002000300040005000600070008n);
  assert.equal(formatIpv4(0xc0a80001n), '192.168.0.1');
  assert.equal(netmaskPrefix('255.255.255.0'), 24);
  assert.equal(netmaskPrefix('0.0.0.0'), 0);
  assert.equal(netmaskPrefix('255.0.255.0'), null);
  assert.equal(classPrefix(parseIp('10.0.0.1') as IpAddress), 8);
  assert.equal(classPrefix(parseIp('172.16.0.1') as IpAddress), 16);
  assert.equal(classPrefix(parseIp('192.168.0.1') as IpAddress), 24);
});

test('reads CPU sets with ranges and exclusions', () => {
  assert.equal(formatCpuSet(parseCpuSet('0-3,^2,8')), '0-1,3,8');
  for (const bad of ['x', '3-1', '1-', '-1', '99999999']) {
    assert.throws(() => parseCpuSet(bad), { code: 8, message: `invalid argument: Failed to parse bitmap '${bad}'` });
  }
});

test('a printed CPU set reads back as the same set', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(500), { minLength: 1 }), (members) => {
      assert.deepEqual(
        [...parseCpuSet(formatCpuSet(members))],
        [...members].sort((a, b) => a - b),
      );
    }),
  );
});
