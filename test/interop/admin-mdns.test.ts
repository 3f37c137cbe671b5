// The advertisement in the local network, asked for from the other end of a cable between two network namespaces.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { suite, test } from 'node:test';
import { configText, requires, start, temporaryDirectory } from '../launcher/index.ts';
import { NAMESPACE_OPTIONS } from '../launcher/isolated.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';

// The daemon is in the outer namespace, who asks is in the inner one; mDNS does not work on a loopback device.
const CABLE = `
set -e
dir=$1; shift
mount -t tmpfs tmpfs /run
unshare --net sh -c 'echo $$ > '$dir'/inner; exec sleep 60' &
while [ ! -s $dir/inner ]; do sleep 0.05; done
inner=$(cat $dir/inner)
ip link set lo up
ip link add here type veth peer name there
ip link set there netns $inner
ip addr add 10.77.0.1/24 dev here
ip link set here up
nsenter --target $inner --net sh -c 'ip link set lo up; ip addr add 10.77.0.2/24 dev there; ip link set there up; ip route add 224.0.0.0/4 dev there'
ip route add 224.0.0.0/4 dev here
exec "$@"
`;

const ASK = `
import { Bonjour } from 'bonjour-service';
const bonjour = new Bonjour();
bonjour.find({ type: 'libvirt' }, ({ name, port, type, addresses }) => {
  console.log(JSON.stringify({ name, port, type, addresses }));
  bonjour.destroy();
});
`;

suite('mDNS', { skip: requires({ isolation: true }) }, () => {
  test('a host in the same network finds the daemon by name and port', async () => {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    const settings = { unix_sock_dir: path, auth_unix_rw: 'none', auth_unix_ro: 'none' };
    const network = { listen_tls: 0, listen_tcp: 1, auth_tcp: 'none', tcp_port: '16599', mdns_adv: 1 };
    await writeFile(
      `${path}/conf`,
      configText({ ...settings, ...network, mdns_name: 'Häuschen', log_outputs: '2:stderr' }),
    );
    const daemon = [...programOf('daemon', fromEnvironment()), '-l', '-v', '-f', `${path}/conf`, '-p', `${path}/pid`];
    await using running = start('unshare', [...NAMESPACE_OPTIONS, '--net', 'sh', '-c', CABLE, 'sh', path, ...daemon], {
      env: { HOME: path },
    });
    const inner = start(
      'sh',
      [
        '-c',
        `while [ ! -S ${path}/libvirt-sock ]; do sleep 0.1; done; exec nsenter --target $(cat ${path}/inner) --net "$@"`,
        'sh',
        process.execPath,
        '--input-type=module',
        '-e',
        ASK,
      ],
      { cwd: fileURLToPath(new URL('../../packages/daemon', import.meta.url)) },
    );
    await using _inner = inner;

    const text = await inner
      .output((said) => said.includes('\n'))
      .catch((error: unknown) => {
        throw new Error(`${String(error)}\n${inner.stderr()}\n${running.stderr()}`);
      });

    const found = JSON.parse(text) as { addresses: string[] };
    assert.deepEqual({ ...found, addresses: [] }, { name: 'Häuschen', port: 16599, type: 'libvirt', addresses: [] });
    assert.ok(found.addresses.includes('10.77.0.1'), found.addresses.join(' '));
    running.kill('SIGTERM');
    await running.finished;
  });
});
