import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './config.ts';
import { Log } from './log.ts';
import { Reloadables } from './reload.ts';

function read(text: string) {
  return loadConfig(text, { path: 'd.conf', listen: false });
}

function made(text: string) {
  const lines: string[] = [];
  const log = new Log();
  for (const level of ['debug', 'info', 'warning', 'error'] as const) {
    log[level] = (_part, line) => void lines.push(`${level} ${line}`);
  }
  return { reloads: new Reloadables(read(text).config, log), lines };
}

test('settings that may change do, others are told, and each part hears of it', async () => {
  const { reloads, lines } = made('max_clients = 100\nmax_client_requests = 5\n');
  const heard: number[] = [];
  reloads.add({ name: 'limits', reload: ({ max_clients }) => void heard.push(max_clients) });

  await reloads.reload(() => read('max_clients = 200\nmax_client_requests = 6\n'));

  assert.deepEqual(heard, [200]);
  assert.equal(reloads.live.max_clients, 200);
  assert.equal(reloads.live.max_client_requests, 5);
  assert.deepEqual(lines, [
    'warning max_client_requests has changed, which counts from the next start only',
    'info reloaded, changed: max_clients',
  ]);
});

test('a list that was not set is another one than an empty list', async () => {
  const { reloads } = made('');
  assert.equal(reloads.live.tls_allowed_dn_list, null);

  await reloads.reload(() => read('tls_allowed_dn_list = []\n'));

  assert.deepEqual(reloads.live.tls_allowed_dn_list, []);
});

test('a file with a fault changes nothing', async () => {
  const { reloads, lines } = made('max_clients = 100\n');
  reloads.add({ name: 'never', reload: () => assert.fail('told of a file with a fault') });

  await reloads.reload(() => read('max_clients = 200 300\n'));

  assert.equal(reloads.live.max_clients, 100);
  assert.match(lines.join('\n'), /^error the configuration is not reloaded: .*d\.conf:1: expecting a separator/);
});

test('a part that fails keeps the others from nothing', async () => {
  const { reloads, lines } = made('');
  let told = 0;
  reloads.add({
    name: 'certificates',
    reload: () => {
      throw new Error('no such file');
    },
  });
  reloads.add({ name: 'other', reload: () => Promise.resolve(void told++) });

  await Promise.all([reloads.reload(() => read('')), reloads.reload(() => read(''))]);

  assert.equal(told, 2);
  assert.equal(lines.filter((line) => /^error certificates: not reloaded: .*no such file/.test(line)).length, 2);
});

test('what this daemon cannot change is told with the reason, and keeps its value', async () => {
  const { reloads, lines } = made('');
  reloads.fix(['access_drivers'], 'it was started without');

  await reloads.reload(() => read('access_drivers = [ "polkit" ]\naudit_file = "/x"\n'));

  assert.equal(reloads.live.access_drivers, null);
  assert.equal(reloads.live.audit_file, '/x');
  assert.deepEqual(lines, [
    'warning access_drivers has changed, which counts from the next start only: it was started without',
    'info reloaded, changed: audit_file',
  ]);
});
