// Every fault that `virtwire-pki check` claims to find: planted, found, and gone when its mend has been pasted.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { requires } from '../launcher/index.ts';
import { CONF, MAKE_BAD, plantedFaults } from './pki-faults.ts';
import { type PkiHost, pkiHost } from './pki-host.ts';

interface Finding {
  readonly id: string;
  readonly level: string;
  readonly text: string;
  readonly mend: readonly string[];
}

test('faults', { skip: requires({ libvirt: '9.0', isolation: true }) }, async (t) => {
  await using host = await pkiHost();
  const checker = startChecker(host);
  await using _ = checker.running;
  await setUp(host);
  assert.deepEqual(await checker.check([]), []);

  for (const { name, ids, plant, options = [] } of plantedFaults) {
    await t.test(name, async () => {
      await reset(host);
      const planted = await paste(host, plant);
      assert.equal(planted.code, 0, planted.stderr);
      const args = options.map((word) => (word.endsWith('.pki') ? `${host.place.directory}/${word}` : word));

      const found = await checker.check(args);
      const mends = [...new Set(found.flatMap(({ mend }) => mend))];
      const mended = await paste(host, mends.join('\n'));
      const left = await checker.check(args);

      const said = found.map(({ id }) => id);
      for (const id of ids) assert.ok(said.includes(id), `${id} is not among what was found: ${said.join(', ')}`);
      assert.equal(mended.code, 0, `${mends.join('\n')}\n${mended.stderr}`);
      assert.deepEqual(left, [], `not mended by:\n${mends.join('\n')}`);
    });
  }
});

function paste(host: PkiHost, lines: string) {
  return host.paste(`export BAD=$PWD/bad CONF=${CONF}\n${lines}`);
}

// A machine where all is well, kept aside. Its /etc is a copy, since some faults lie where the real one has nothing. Keys
// are RSA, because certtool leaves key encipherment out for others.
async function setUp(host: PkiHost): Promise<void> {
  const made = await paste(
    host,
    `mkdir etc-all; cp -a /etc/. etc-all 2> /dev/null || true
mount --bind etc-all /etc; mount --bind pki /etc/pki; mount --bind etc /etc/libvirt
: > ${CONF}
virtwire-pki ca create
virtwire-pki server issue --key rsa2048
virtwire-pki client issue admin --key rsa2048
virtwire-pki install
(${MAKE_BAD})
cp -a /etc/pki saved-pki
cp -a $VIRTWIRE_PKI_DIR saved-authority
`,
  );
  assert.equal(made.code, 0, made.stderr);
}

async function reset(host: PkiHost): Promise<void> {
  const done = await paste(
    host,
    `rm -rf /etc/pki/* /etc/pki/.[!.]* /etc/sysconfig/libvirtd /etc/sysconfig/iptables $VIRTWIRE_PKI_DIR
chmod 0755 /etc/pki
cp -a saved-pki/. /etc/pki
cp -a saved-authority $VIRTWIRE_PKI_DIR
: > ${CONF}`,
  );
  assert.equal(done.code, 0, done.stderr);
}

// One process checks them all, on the machine.
function startChecker(host: PkiHost) {
  const script = fileURLToPath(new URL('pki-checker.ts', import.meta.url));
  const args = ['--conditions=source', '--no-warnings', script];
  const running = host.place.start(process.execPath, args, { env: { VIRTWIRE_PKI_DIR: host.authority } });
  const lines = createInterface({ input: running.child.stdout as NodeJS.ReadableStream });
  return {
    running,
    check: async (options: readonly string[]): Promise<Finding[]> => {
      running.child.stdin?.write(`${JSON.stringify(['check', '--json', ...options])}\n`);
      const ended = running.finished.then(({ stderr }) => assert.fail(`the checker ended: ${stderr}`));
      const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
      const { stdout, stderr } = JSON.parse(line) as { stdout: string; stderr: string };
      assert.equal(stderr, '');
      return JSON.parse(stdout) as Finding[];
    },
  };
}
