// Past faults of libvirt, and for each the tests that would fail on it here.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface PastFault {
  /** CVE ids without the prefix. */
  readonly cve: string;
  readonly fault: string;
  /** Files with the names of tests in them. */
  readonly tests: Readonly<Record<string, readonly string[]>>;
  /**
   * Where libvirt had the fault, when we do not have that part yet: the tests are for the places where it could be now,
   * and this path must not come without one of its own.
   */
  readonly without?: string;
}

const daemon = 'test/interop/cve-daemon.test.ts';
const gate = 'packages/drivers/src/gate.test.ts';
const guard = 'packages/drivers/src/access/guard.test.ts';
const guarded = 'packages/drivers/src/access/guarded-test-driver.test.ts';
const control = 'packages/daemon/src/acl/control.test.ts';
const xml = 'packages/conf/src/xml/parser.test.ts';
const qemu = 'packages/drivers/src/qemu';

const readOnlyTable = { [gate]: ['a read-only gate refuses what libvirt refuses, and nothing else'] };
const readOnlyTried = { [daemon]: ['read-only: the guest agent, save images, emulator paths, whatever exists'] };
const counts = { [daemon]: ['counts that are negative, nothing, exact, one less, or as large as they come'] };

const faults: readonly PastFault[] = [
  { cve: '2008-5086, 2011-1146', fault: 'calls without a check for read-only', tests: readOnlyTable },
  { cve: '2016-10746, 2019-3886', fault: 'guest agent from read-only', tests: { ...readOnlyTable, ...readOnlyTried } },
  { cve: '2019-10161', fault: 'any path opened for read-only clients', tests: { ...readOnlyTable, ...readOnlyTried } },
  { cve: '2019-10166', fault: 'managed save defined from read-only', tests: { ...readOnlyTable, ...readOnlyTried } },
  {
    cve: '2019-10167, 2019-10168',
    fault: 'an emulator of the client was run',
    tests: { ...readOnlyTable, ...readOnlyTried },
  },
  {
    cve: '2014-7823, 2015-0236',
    fault: 'secrets by a flag',
    tests: { ...readOnlyTried, [guard]: ['whatever shows secrets asks for read_secure'] },
  },
  {
    cve: '2020-14301',
    fault: 'secrets in XML',
    tests: { 'packages/conf/src/domain.test.ts': ['shows passwords only when asked to'] },
  },
  {
    cve: '2013-4401',
    fault: 'calls without the right permission',
    tests: {
      [guard]: ['each permission denied in turn: the call is refused with code 88, or its answer is empty'],
      'packages/drivers/src/access/acl-column.test.ts': [
        'every procedure of the drivers says what it needs, in words that are known',
      ],
    },
  },
  {
    cve: '2014-0028, 2013-4399',
    fault: 'events past access control, nobody as identity',
    tests: {
      [guarded]: ['events of hidden domains are not delivered, the others in order'],
      [control]: [
        'both forms of events keep back what the client may not see',
        'a client whom nobody knows is denied, not fatal',
      ],
    },
  },
  {
    cve: '2021-3667',
    fault: 'a lock kept after a denial',
    tests: { [guarded]: ['after each denied call the same object answers another client at once'] },
  },
  {
    cve: '2013-4311',
    fault: 'polkit asked about a pid alone',
    tests: {
      'packages/daemon/src/auth/polkit.test.ts': [
        'asks for the action of the socket, about process, start time and user, and lets the client in',
        'a process without start time is refused before polkit is asked',
      ],
    },
  },
  {
    cve: '2015-5313',
    fault: 'names with ../ left the pool',
    tests: {
      'packages/drivers/src/storage/volumes.test.ts': [
        'names with control characters are refused',
        'a link put in place of a new file is not followed',
      ],
      'packages/conf/src/domain.test.ts': ['refuses a name with a slash'],
    },
  },
  {
    cve: '2014-0179, 2014-5177',
    fault: 'external entities',
    tests: { [xml]: ['never loads an external entity', 'refuses entity bombs', 'accepts 257 levels and refuses more'] },
  },
  {
    cve: '2012-4423',
    fault: 'holes in the table of procedures',
    tests: { [daemon]: ['every number of every program, and those around them, is answered'] },
  },
  {
    cve: '2013-0170',
    fault: 'a failed call of a client that left',
    tests: { [daemon]: ['a call that cannot be decoded, then a reset, 1000 times beside a good client'] },
  },
  {
    cve: '2014-1447',
    fault: 'gone during keepalive',
    tests: { [daemon]: ['a reset at every byte of open and keepalive'] },
  },
  {
    cve: '2011-1486',
    fault: "another client's error",
    tests: { [daemon]: ['parallel calls that fail each get their own error'] },
  },
  {
    cve: '2013-4292, 2012-3445',
    fault: 'parameters without a bound',
    tests: {
      ...counts,
      'packages/rpc/src/codec.test.ts': ['a count that the payload cannot hold is refused before memory is taken'],
    },
  },
  {
    cve: '2013-2230, 2014-8131, 2017-2635',
    fault: 'statistics of what is not there',
    tests: {
      [daemon]: ['statistics of guests that vanish, stop and come back, and lists of all meanwhile'],
      'packages/daemon/src/dispatch/events.test.ts': ['before connectOpen there is nothing to subscribe to'],
    },
  },
  { cve: '2013-2218, 2024-1441, 2024-2496', fault: 'one off at the end of a list', tests: counts },
  { cve: '2024-2494', fault: 'negative lengths', tests: counts },
  {
    cve: '2024-4418',
    fault: 'a client closed inside its own call',
    tests: {
      'packages/rpc/src/rpc-session.test.ts': [
        'a lost connection rejects every call once, sent ones as outcomeUnknown',
      ],
    },
  },
  {
    cve: '2014-3657',
    fault: 'lists of all that lock each other',
    tests: { [daemon]: ['statistics of guests that vanish, stop and come back, and lists of all meanwhile'] },
  },
  {
    cve: '2014-8135',
    fault: 'streams on drivers without them',
    tests: { [daemon]: ['streams on drivers without them, and pools without a path'] },
  },
  {
    // There is no monitor yet; these are the programs and servers that we ask.
    cve: '2018-5748, 2018-1064, 2019-20485',
    fault: 'endless replies of monitor and agent',
    tests: {
      'packages/drivers/src/storage/child.test.ts': [
        'of an endless standard error 64 KiB are kept, and the program is heard to its end',
        'a program that says nothing and does not end is ended with its caller',
        'a map with a line that never ends is refused',
      ],
      'packages/rpc/src/node/process-channel.test.ts': [
        'only the end of much standard error is kept',
        'a program that does not want to end is made to',
      ],
      'packages/rpc/src/framer.test.ts': ['refuses an impossible length before anything else of the packet has come'],
      'packages/rpc/src/keepalive.test.ts': ['pings after silence, and gives up after interval * (count + 1)'],
      'packages/client/src/sasl.test.ts': ['a negotiation without end is given up'],
      'packages/daemon/src/auth/polkit.test.ts': ['the question is withdrawn when the client goes away'],
    },
    without: qemu,
  },
  {
    cve: '2016-5008',
    fault: 'an empty password for VNC',
    tests: {
      [daemon]: ['an empty password of a screen stays one, and is shown to nobody who may not see secrets'],
      'packages/daemon/src/auth/sasl.test.ts': ['a user whose password is empty gets in with none'],
      'packages/daemon/src/auth/password-file.test.ts': ['the password is empty'],
    },
    without: qemu,
  },
  {
    cve: '2017-1000256',
    fault: 'certificates not checked by default',
    tests: {
      'test/interop/tls-clients.test.ts': ['certificates of clients that are refused by themselves or by the daemon'],
    },
  },
  {
    cve: '2019-10132',
    fault: 'sockets open to all',
    tests: {
      [daemon]: ['no socket of an administrator, and none without authentication, is open to others'],
      'packages/daemon/src/listener/listener.test.ts': [
        'the socket is never wider than its mode, not even while it is made',
      ],
      'test/interop/daemon-process.test.ts': [
        'sockets and pid file have their modes under any umask, and go away with SIGTERM',
      ],
    },
  },
  {
    cve: '2013-1962, 2013-6436',
    fault: 'descriptors lost',
    tests: { [daemon]: ['descriptors are as many after 10,000 calls as before'] },
  },
  {
    cve: '2015-5247, 2020-10703',
    fault: 'pools without a path',
    tests: { [daemon]: ['streams on drivers without them, and pools without a path'] },
  },
  {
    cve: '2020-25637',
    fault: "the agent's list of interfaces",
    tests: {
      'packages/client/src/api/hostile-lists.test.ts': [
        'interfaces that come twice, without name, address or MAC are given as they come',
        'are taken, one more is an error and no list',
        'parameters that come twice, or are named as what every object has, harm nobody',
      ],
    },
    without: qemu,
  },
  {
    cve: '2023-2700, 2023-3750',
    fault: 'a pool that goes while it is asked for',
    tests: { [daemon]: ['a pool is destroyed and undefined while another client asks for it'] },
  },
  {
    cve: '2022-0897',
    fault: 'filters listed without a lock',
    tests: { [daemon]: ['objects of every kind are defined and undefined while others list them'] },
    without: 'packages/drivers/src/nwfilter',
  },
  {
    cve: '2009-0036',
    fault: 'lengths that nobody checked',
    tests: {
      [daemon]: ['lengths below a header, above the limit and with the top bit end the connection'],
      'packages/rpc/src/framer.test.ts': ['refuses an impossible length before anything else of the packet has come'],
    },
  },
  {
    cve: '2025-12748',
    fault: 'XML read for who may not define',
    tests: {
      [guard]: [
        'a document is not looked at for a client who could not use it, nor a long one without write on the connection',
      ],
      'packages/daemon/src/acl/rules-policy.test.ts': ['a policy says whether somebody could ever have a permission'],
    },
  },
  {
    cve: '2025-13193',
    fault: 'files open to all',
    tests: {
      'packages/drivers/src/storage/volumes.test.ts': ['under any umask'],
      'packages/daemon/src/log.test.ts': ['a log file is for its owner alone, also one that was there before'],
    },
  },
];

suite('past faults of libvirt have tests', () => {
  test('there are 36 lines of them', () => {
    assert.equal(faults.length, 36);
    assert.equal(new Set(faults.map(({ cve }) => cve)).size, 36);
  });
  for (const { cve, fault, tests, without } of faults) {
    test(`CVE-${cve}: ${fault}`, () => {
      const files = Object.entries(tests);
      for (const [file, names] of files) {
        const text = readFileSync(`${root}${file}`, 'utf8');
        for (const name of names) assert.ok(text.includes(name), `${file} has no test '${name}'`);
      }
      assert.ok(files.length > 0);
      if (without === undefined) return;
      assert.ok(!existsSync(`${root}${without}`), `${without} is there: this line needs a test of it`);
    });
  }
});
