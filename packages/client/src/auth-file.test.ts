// The file of credentials: what virsh 9.0.0 takes and refuses, and hostile texts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import fc from 'fast-check';
import { parseAuthFile } from './auth-file.ts';

const PATH = '/home/user/auth.conf';
const CREDENTIALS = '[credentials-x]\nauthname=alice\npassword=wonderland\n';
const HOST = '[auth-libvirt-localhost]\ncredentials=x\n';

function find(text: string, name = 'authname', host = 'localhost'): string | null {
  return parseAuthFile(text, PATH).find('libvirt', host, name);
}

for (const [what, text] of [
  ['the plain form', CREDENTIALS + HOST],
  ['groups in any order', HOST + CREDENTIALS],
  ['the default for hosts without a group', `${CREDENTIALS}[auth-libvirt-default]\ncredentials=x\n`],
  [
    'blanks around names and values',
    '[credentials-x]\n authname = alice \n password = wonderland\n[auth-libvirt-localhost] \ncredentials = x',
  ],
  ['comments', `# one\n${CREDENTIALS}\n# two\n${HOST}`],
  ['no newline at the end', CREDENTIALS + HOST.trimEnd()],
  ['carriage returns', (CREDENTIALS + HOST).replaceAll('\n', '\r\n')],
  ['the last of two values', `[credentials-x]\nauthname=bob\n${CREDENTIALS}${HOST}`],
  ['names with odd letters', `${CREDENTIALS}-a=1\n_b=2\na b=3\n1c=4\n${HOST}`],
] as const) {
  test(`takes ${what}`, () => {
    assert.deepEqual([find(text), find(text, 'password')], ['alice', 'wonderland']);
  });
}

for (const [what, text, value] of [
  ['a value beyond its comment', '[credentials-x]\nauthname=alice # c\n', 'alice # c'],
  ['quotes', "[credentials-x]\nauthname='alice'\n", "'alice'"],
  ['a value that is empty', '[credentials-x]\nauthname=\n', ''],
  ['another case of the name', '[credentials-x]\nAuthName=alice\n', null],
] as const) {
  test(`takes ${what} as it stands`, () => {
    assert.equal(find(text + HOST), value);
  });
}

test('says nothing of a host, service or item that it does not have', () => {
  assert.equal(find(CREDENTIALS + HOST, 'authname', 'elsewhere'), null);
  assert.equal(find(CREDENTIALS + HOST, 'realm'), null);
  assert.equal(parseAuthFile(CREDENTIALS + HOST, PATH).find('ssh', 'localhost', 'authname'), null);
  assert.equal(find(''), null);
});

for (const [text, message] of [
  [
    `[credentials-y]\nauthname=a\n${HOST}`,
    "Missing group 'credentials-x' referenced from group 'auth-libvirt-localhost' in '/home/user/auth.conf'",
  ],
  [
    '[auth-libvirt-localhost]\nfoo=1\n',
    "Missing item 'credentials' in group 'auth-libvirt-localhost' in '/home/user/auth.conf'",
  ],
  ['; comment\n', '/home/user/auth.conf:1: expecting an assignment'],
  ['[credentials-x\nauthname=alice\n', '/home/user/auth.conf:1: expecting a group name in brackets'],
  ['[credentials-x] junk\n', '/home/user/auth.conf:1: expecting a group name in brackets'],
  ['\n[]\n', '/home/user/auth.conf:2: the group has no name'],
  ['authname=alice\n', '/home/user/auth.conf:1: a value stands outside of any group'],
  ['[x]\nsecret-word\n', '/home/user/auth.conf:2: expecting an assignment'],
  ['[x]\n=2\n', '/home/user/auth.conf:2: expecting a name before the ='],
  ['[x]\na[b=2\n', '/home/user/auth.conf:2: expecting a name before the ='],
] as const) {
  test(`refuses ${JSON.stringify(text)} without showing what stands there`, () => {
    assert.throws(() => find(text), {
      message: `configuration file syntax error: ${message}`,
      code: ErrorCode.ConfSyntax,
    });
  });
}

test('only a LibvirtError comes out of hostile texts', () => {
  const piece = fc.constantFrom(
    '[',
    ']',
    '=',
    '\n',
    '#',
    ' ',
    'auth-libvirt-h',
    'credentials',
    'credentials-x',
    'x',
    '\0',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => pieces.join('')),
  );

  fc.assert(
    fc.property(text, (hostile) => {
      try {
        const found = find(hostile, 'x', 'h');
        assert.ok(found === null || hostile.includes(found));
      } catch (error) {
        assert.ok(error instanceof LibvirtError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
