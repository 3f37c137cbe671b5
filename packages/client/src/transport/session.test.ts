// Tests of the session's socket: a daemon is started when nobody listens and the user allows it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { daemonNames, findDaemon } from '../node/session-daemon.ts';
import { parseUri } from '../uri.ts';
import { readParameters } from '../uri-parameters.ts';
import type { DialTarget } from './transport.ts';
import { unix } from './unix.ts';

// A daemon that takes one connection on the socket of the session, and notes how it was started.
const DAEMON = `#!${process.execPath}
const { createServer } = require('node:net');
const { writeFileSync } = require('node:fs');
const folder = process.env.XDG_RUNTIME_DIR + '/libvirt';
writeFileSync(folder + '/started', JSON.stringify({ args: process.argv.slice(2), env: Object.keys(process.env).sort() }));
const server = createServer((socket) => {
  socket.on('close', () => process.exit());
  server.close();
}).listen(folder + '/NAME-sock');
`;

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'session-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function target(folder: string, text: string, env: Record<string, string> = {}): DialTarget {
  const uri = parseUri(text);
  const parameters = readParameters(uri.parameters);
  return {
    uri,
    parameters,
    mode: parameters.mode ?? 'auto',
    readOnly: false,
    userSession: true,
    credentials: { callback: null, stored: async () => null, ask: () => Promise.reject(new Error('not asked for')) },
    host: {
      env: { XDG_RUNTIME_DIR: folder, LIBVIRTD_PATH: folder, SECRET: 'x', ...env },
      uid: 1000,
      runtimeFolder: `${folder}/libvirt`,
      readConfig: () => Promise.reject(new Error('not asked for')),
      readAuthFile: () => Promise.reject(new Error('not asked for')),
      exists: async () => false,
    },
  };
}

for (const [uri, program, socket] of [
  ['qemu:///session', 'libvirtd', 'libvirt'],
  ['qemu:///session', 'virtwired', 'libvirt'],
  ['qemu:///session?mode=direct', 'virtqemud', 'virtqemud'],
] as const) {
  test(`starts ${program} for ${uri} and connects to it`, () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, program), DAEMON.replace('NAME', socket), { mode: 0o755 });

      const channel = await unix.dial(target(folder, uri), undefined);
      const ended = new Promise((end) => channel.open({ data: () => {}, drain: () => {}, end }));
      channel.close();
      await ended;

      const { args, env } = JSON.parse(await readFile(join(folder, 'libvirt', 'started'), 'utf8')) as {
        args: string[];
        env: string[];
      };
      assert.deepEqual(args, ['--timeout=120']);
      assert.deepEqual(env, ['LC_ALL', 'XDG_RUNTIME_DIR']);
    }));
}

for (const [what, text, env] of [
  ['the user forbids it', 'qemu:///session', { LIBVIRT_AUTOSTART: '0' }],
  ['there is no such daemon', 'qemu:///session?mode=direct', {}],
  ['the socket was named', 'qemu+unix:///session?socket=FOLDER/x', {}],
] as const) {
  test(`starts nothing when ${what}`, () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'libvirtd'), '#!/bin/sh\ntouch "$XDG_RUNTIME_DIR/ran"\n', { mode: 0o755 });

      await assert.rejects(unix.dial(target(folder, text.replace('FOLDER', folder), env), undefined), {
        message: /^Failed to connect socket to '.*': No such file or directory$/,
      });
      await assert.rejects(readFile(join(folder, 'ran')), { code: 'ENOENT' });
    }));
}

test('the direct mode needs a URI', async () => {
  await assert.rejects(unix.dial({ ...target('/x', 'qemu:///session'), uri: null, mode: 'direct' }, undefined), {
    message: 'Operation not supported: Cannot use direct socket mode if no URI is set',
  });
});

test('waiting for the daemon is given up with the reason of the signal', () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, 'libvirtd'), '#!/bin/sh\n', { mode: 0o755 });
    const controller = new AbortController();
    const dialling = unix.dial(target(folder, 'qemu:///session'), controller.signal);

    const reason = new Error('enough');
    controller.abort(reason);

    await assert.rejects(dialling, reason);
  }));

test('the daemons of a socket are known by its name', () => {
  assert.deepEqual(daemonNames('/run/user/1/libvirt/libvirt-sock'), ['libvirtd', 'virtwired']);
  assert.deepEqual(daemonNames('/run/user/1/libvirt/virtlxcd-sock'), ['virtlxcd']);
});

test('a daemon is found on PATH in the order of preference', () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, 'virtwired'), '', { mode: 0o755 });
    const env = { PATH: `/nonexistent:${folder}` };

    const found = await findDaemon(['surely-no-daemon', 'virtwired'], env);

    assert.equal(found, join(folder, 'virtwired'));
    assert.equal(await findDaemon(['surely-no-daemon'], env), null);
  }));
