// Python's libvirt module, which stands on libvirt's C library, as a client of virtwired.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { python, requires, type StartedDaemon, startVirtwired } from '../launcher/index.ts';

const DOMAINS = `
import libvirt, sys
connection = libvirt.open(sys.argv[1])
for domain in connection.listAllDomains():
    state, maximum, memory, vcpus, _ = domain.info()
    print(domain.name(), domain.UUIDString(), domain.ID(), state, maximum, memory, vcpus)
print(connection.getType(), connection.getHostname() != '', connection.isAlive())
connection.close()
`;

const EVENTS = `
import libvirt, sys, threading
libvirt.virEventRegisterDefaultImpl()
seen = []
def on_lifecycle(connection, domain, event, detail, opaque):
    seen.append((domain.name(), event, detail, opaque))
watcher = libvirt.open(sys.argv[1])
handle = watcher.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, on_lifecycle, 'mine')
watcher.setKeepAlive(5, 3)
other = libvirt.open(sys.argv[1])
def act():
    domain = other.lookupByName('test')
    domain.destroy()
    domain.create()
actor = threading.Thread(target=act)
actor.start()
while len(seen) < 2:
    libvirt.virEventRunDefaultImpl()
actor.join()
watcher.domainEventDeregisterAny(handle)
print(seen)
`;

const READ_ONLY = `
import libvirt, sys
libvirt.registerErrorHandler(lambda context, error: None, None)
connection = libvirt.openReadOnly(sys.argv[1])
domain = connection.lookupByName('test')
for change in (domain.destroy, domain.suspend, domain.undefine, lambda: connection.defineXML('<domain/>')):
    try:
        change()
    except libvirt.libvirtError as error:
        print(error.get_error_code(), error.get_error_message())
`;

const DOWNLOAD = `
import hashlib, libvirt, os, sys
connection = libvirt.open(sys.argv[1])
pool = connection.storagePoolCreateXML(
    "<pool type='dir'><name>python</name><target><path>%s</path></target></pool>" % sys.argv[2],
    libvirt.VIR_STORAGE_POOL_CREATE_WITH_BUILD)
data = os.urandom(3 * 1024 * 1024 + 7)
volume = pool.createXML("<volume><name>v</name><capacity unit='bytes'>%d</capacity></volume>" % len(data))
up = connection.newStream()
volume.upload(up, 0, len(data), 0)
up.sendAll(lambda stream, n, state: state.read(n), __import__('io').BytesIO(data))
up.finish()
received = bytearray()
down = connection.newStream()
volume.download(down, 0, 0, 0)
down.recvAll(lambda stream, part, state: received.extend(part), None)
down.finish()
print(hashlib.sha256(received).digest() == hashlib.sha256(data).digest(), len(received))
aborted = connection.newStream()
volume.download(aborted, 0, 0, 0)
aborted.recv(1000)
aborted.abort()
volume.delete()
pool.destroy()
print(connection.listAllStoragePools())
`;

suite('python', { skip: requires({ python: true, isolation: true }) }, () => {
  let daemon: StartedDaemon;

  before(async () => {
    daemon = await startVirtwired();
  });
  after(() => daemon[Symbol.asyncDispose]());

  for (const transport of ['unix', 'tcp'] as const) {
    test(`opens over ${transport}, lists domains, reads them, closes`, async () => {
      const { stdout, stderr } = await python(DOMAINS, [daemon.uri(transport, 'test', '/default')]);

      assert.equal(stderr, '');
      assert.deepEqual(stdout.trimEnd().split('\n'), [
        'test 6695eb01-f6a4-8304-79aa-97f2502e193f 1 1 8388608 2097152 2',
        'TEST True 1',
      ]);
    });

    test(`gets lifecycle events through its own event loop over ${transport}`, async () => {
      const { stdout, stderr } = await python(EVENTS, [daemon.uri(transport, 'test', '/default')]);

      assert.equal(stderr, '');
      assert.equal(stdout, "[('test', 5, 1, 'mine'), ('test', 2, 0, 'mine')]\n");
    });
  }

  test('is refused changes on a read-only connection with code 29', async () => {
    const { stdout, stderr } = await python(READ_ONLY, [`${daemon.uri('unix', 'test', '/default')}-ro`]);

    assert.equal(stderr, '');
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      '29 operation forbidden: read only access prevents virDomainDestroy',
      '29 operation forbidden: read only access prevents virDomainSuspend',
      '29 operation forbidden: read only access prevents virDomainUndefine',
      '29 operation forbidden: read only access prevents virDomainDefineXML',
    ]);
  });

  test('uploads and downloads a volume of the storage driver, and gives up a download', async () => {
    const uri = daemon.uri('unix', 'storage', '/system');
    const { stdout, stderr } = await python(DOWNLOAD, [uri, `${daemon.directory}/pool`]);

    assert.equal(stderr, '');
    assert.equal(stdout, 'True 3145735\n[]\n');
  });
});
