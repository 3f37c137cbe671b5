// Tests of the transports that start a program: their command lines as recorded from libvirt, and a session through them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ErrorCode, ErrorDomain } from '@virtwire/rpc';
import * as fc from 'fast-check';
import { open } from '../open.ts';
import { remoteCommand } from '../ssh/remote-command.ts';
import { MemoryDaemon } from '../testing/memory-daemon.ts';
import { ext } from './ext.ts';
import { ssh, sshArguments, sshEnvironment } from './ssh.ts';
import type { DialTarget } from './transport.ts';

const HOSTILE = 'a \'"$`\\;&|<>()*?[]#~!{}\n\t-=%é';

interface Recorded {
  readonly uri: string;
  readonly readOnly?: boolean;
  readonly user?: boolean;
  readonly argv?: readonly string[];
  readonly ours?: string;
  readonly error?: string;
}
const spec = JSON.parse(readFileSync(new URL('../../../../spec/ssh-commands.json', import.meta.url), 'utf8')) as {
  cases: Recorded[];
};

/** What `open` makes of a URI: the target of its transport. */
async function targetOf(uri: string, { readOnly = false, user = false } = {}): Promise<DialTarget> {
  const means = new MemoryDaemon().means();
  const host = { ...means.host, uid: user ? 1000 : 0, runtimeFolder: '/run/user/1000/libvirt' };
  let seen: DialTarget | undefined;
  const transports = new Map(means.transports).set('ssh', {
    ...ssh,
    dial: (target) => {
      seen = target;
      return Promise.resolve(new MemoryDaemon().connect());
    },
  });
  await using _ = await open(uri, { readOnly }, { ...means, host, transports });
  assert.ok(seen);
  return seen;
}

for (const { uri, readOnly = false, user = false, argv, ours, error } of spec.cases) {
  test(`${uri}${readOnly ? ', read-only,' : ''}${user ? ' of a user' : ''} is as libvirt's`, async () => {
    const made = async () => sshArguments(await targetOf(uri, { readOnly, user }));

    if (error !== undefined) {
      await assert.rejects(made(), { message: error });
      return;
    }
    assert.deepEqual(await made(), ours === undefined ? argv : [...(argv ?? []).slice(0, -1), ours]);
  });
}

test('mode=direct is refused with the number and domain of libvirt', async () => {
  const target = await targetOf('qemu+ssh://h/system?mode=direct');

  assert.throws(() => sshArguments(target), { code: ErrorCode.OperationUnsupported, domain: ErrorDomain.Remote });
});

test('whatever a path or URI holds, the shells of the other side see one word', () => {
  const word = fc.string({ unit: fc.constantFrom(...Array.from(HOSTILE)), minLength: 1, maxLength: 12 });
  const folder = mkdtempSync(join(tmpdir(), 'words-'));
  const record = '#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done\n';
  // Runs a line as a login shell would, and gives the arguments that the recording program got.
  const seenBy = (line: string) =>
    execFileSync('sh', ['-c', line], { env: { PATH: `${folder}:${process.env['PATH']}` }, encoding: 'utf8' })
      .split('\0')
      .slice(0, -1);
  writeFileSync(`${folder}/virt-ssh-helper`, record, { mode: 0o700 });

  try {
    fc.assert(
      fc.property(word, word, word, fc.boolean(), (name, socket, uri, readOnly) => {
        const netcat = `${folder}/${name}`;
        writeFileSync(netcat, record, { mode: 0o700 });

        const helper = remoteCommand({ proxy: 'auto', netcat: null, socket, uri, readOnly });
        const nc = remoteCommand({ proxy: 'netcat', netcat, socket, uri, readOnly });

        assert.deepEqual(seenBy(helper), [...(readOnly ? ['-r'] : []), uri]);
        assert.deepEqual(seenBy(nc), ['-U', socket.startsWith('-') ? `./${socket}` : socket]);
      }),
      { numRuns: 40 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('ssh sees little of the environment, and speaks English', () => {
  assert.deepEqual(
    sshEnvironment({
      HOME: '/h',
      LC_ALL: 'de_DE.UTF-8',
      LANG: 'de',
      SSH_AUTH_SOCK: '/s',
      SECRET: 'x',
      LD_PRELOAD: undefined,
    }),
    { LC_ALL: 'C', HOME: '/h', SSH_AUTH_SOCK: '/s' },
  );
});

const opening = (uri: string, env: Record<string, string> = {}) => {
  const means = new MemoryDaemon().means();
  const transports = new Map([ext, ssh].map((row) => [row.name, row]));
  const host = { ...means.host, env: { PATH: process.env['PATH'], ...env } };
  return open(uri, {}, { ...means, host, transports });
};

for (const [uri, message, code] of [
  [
    'test+ext:///default',
    "invalid argument: remote_open: for 'ext' transport, command is required",
    ErrorCode.InvalidArg,
  ],
  [
    'test+ext:///default?command=surely-not-there',
    "Cannot find 'surely-not-there' in path: No such file or directory",
    ErrorCode.SystemError,
  ],
  [
    'test+ssh://h/default?command=/surely/not/there',
    'Cannot recv data: libvirt:  error : cannot execute binary /surely/not/there: No such file or directory: Connection reset by peer',
    ErrorCode.SystemError,
  ],
] as const) {
  test(`${uri} fails in libvirt's words`, async () => {
    await assert.rejects(opening(uri), { message, code });
  });
}

test('a program that ends at once is told with what it said', async () => {
  await assert.rejects(opening('test+ext:///default?command=false'), {
    message: 'Cannot recv data: : Connection reset by peer',
    code: ErrorCode.SystemError,
    domain: ErrorDomain.Rpc,
  });
});
