// Tests of the transports of Node: which socket is taken, and libvirt's words for what goes wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, ErrorDomain } from '@virtwire/rpc';
import { parseUri } from '../uri.ts';
import { readParameters } from '../uri-parameters.ts';
import { tcp } from './tcp.ts';
import type { DialTarget } from './transport.ts';
import { socketPath, unix } from './unix.ts';

function target(text: string, more: Partial<DialTarget> & { existing?: string[] } = {}): DialTarget {
  const uri = parseUri(text);
  const { existing = [], ...rest } = more;
  return {
    uri,
    parameters: readParameters(uri.parameters),
    mode: readParameters(uri.parameters).mode ?? 'auto',
    readOnly: false,
    userSession: false,
    host: {
      env: {},
      uid: 0,
      runtimeFolder: '/run/user/7/libvirt',
      readConfig: () => Promise.reject(new Error('not asked for')),
      readAuthFile: () => Promise.reject(new Error('not asked for')),
      exists: async (path) => existing.includes(path),
    },
    credentials: { callback: null, stored: async () => null, ask: () => Promise.reject(new Error('not asked for')) },
    ...rest,
  };
}

const paths: readonly [name: string, target: DialTarget, path: string][] = [
  ['the system daemon', target('qemu:///system'), '/var/run/libvirt/libvirt-sock'],
  ['read-only access', target('qemu:///system', { readOnly: true }), '/var/run/libvirt/libvirt-sock-ro'],
  ['the daemon of the user', target('qemu:///session', { userSession: true }), '/run/user/7/libvirt/libvirt-sock'],
  [
    'read-only access of the user, who has one socket',
    target('qemu:///session', { userSession: true, readOnly: true }),
    '/run/user/7/libvirt/libvirt-sock',
  ],
  [
    'a daemon of the driver that is there',
    target('qemu:///system', { existing: ['/var/run/libvirt/virtqemud-sock', '/var/run/libvirt/libvirt-sock'] }),
    '/var/run/libvirt/virtqemud-sock',
  ],
  [
    'mode=legacy although the daemon of the driver is there',
    target('qemu:///system?mode=legacy', { existing: ['/var/run/libvirt/virtqemud-sock'] }),
    '/var/run/libvirt/libvirt-sock',
  ],
  [
    'mode=direct although there is no daemon of the driver',
    target('test+unix:///default?mode=direct', { readOnly: true }),
    '/var/run/libvirt/virttestd-sock-ro',
  ],
  ['no URI', { ...target('test:///default'), uri: null }, '/var/run/libvirt/libvirt-sock'],
];

for (const [name, given, path] of paths) {
  test(`takes ${path} for ${name}`, async () => {
    assert.equal(await socketPath(given), path);
  });
}

test('a socket that is not there is named', async () => {
  await assert.rejects(unix.dial(target('test+unix:///default?socket=/nonexistent/x'), undefined), {
    message: "Failed to connect socket to '/nonexistent/x': No such file or directory",
    code: ErrorCode.SystemError,
    domain: ErrorDomain.Rpc,
  });
});

test('a unix socket has no host', async () => {
  await assert.rejects(unix.dial(target('test+unix://host/default'), undefined), {
    message: "invalid argument: using unix socket and remote server 'host' is not supported.",
    code: ErrorCode.InvalidArg,
    domain: ErrorDomain.Remote,
  });
});

for (const [text, place] of [
  ['test+tcp://127.0.0.1:1/default', '127.0.0.1:1'],
  ['test+tcp://localhost:1/default', 'localhost:1'],
  ['test+tcp://127.0.0.1:65537/default', '127.0.0.1:65537'],
] as const) {
  test(`a refused connection to ${place} is worded as in libvirt`, async () => {
    await assert.rejects(tcp.dial(target(text), undefined), {
      message: `unable to connect to server at '${place}': Connection refused`,
      code: ErrorCode.SystemError,
      domain: ErrorDomain.Rpc,
    });
  });
}

test('dialling is given up with the reason of the signal', async () => {
  const reason = new Error('enough');

  await assert.rejects(tcp.dial(target('test+tcp://127.0.0.1:1/default'), AbortSignal.abort(reason)), reason);
});
