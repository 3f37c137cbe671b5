// Every setting of libvirtd.conf with values of all kinds: virtwired starts, or refuses to, as libvirtd does, in its words.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadConfig } from './config.ts';
import { configRows } from './config-rows.ts';
import { groupId, parseMode } from './listener/unix.ts';
import { logSettings } from './log-settings.ts';

interface Golden {
  readonly version: string;
  readonly lines: readonly (readonly [line: string, error: string | null])[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../golden/daemon/settings.json', import.meta.url), 'utf8'),
) as Golden;

// What libvirtd takes and virtwired does not, because nobody could be served with it.
const stricter: Readonly<Record<string, string>> = {
  'max_client_requests = 0': "internal error: 'max_client_requests' must be greater than 0",
  'admin_max_client_requests = 0': "internal error: 'admin_max_client_requests' must be greater than 0",
};

// Ours, and those of older libvirtd.
const ours: readonly string[] = [
  'access_rules_file',
  'audit_file',
  'login_timeout',
  'output_timeout',
  'mdns_adv',
  'mdns_name',
  'metrics_socket',
  'tls_allowed_ip_list',
  'tls_no_verify_address',
];

/** What a start with this line alone says; null when it goes on. */
function outcome(line: string): string | null {
  try {
    const { config } = loadConfig(`${line}\n`, { path: 'FILE', listen: false });
    logSettings(config, { verbose: false, file: null, journal: false, env: {} });
    for (const mode of [config.unix_sock_ro_perms, config.unix_sock_rw_perms, config.unix_sock_admin_perms]) {
      if (mode !== null) parseMode(mode);
    }
    if (config.unix_sock_group !== null) groupId(config.unix_sock_group);
    return null;
  } catch (error) {
    // libvirtd tells the line in errors of syntax only.
    return (error as Error).message.replace('FILE:1:', 'FILE:');
  }
}

test('the golden lines have every setting of libvirtd', () => {
  const names = new Set(golden.lines.map(([line]) => line.split(' ')[0]));

  assert.deepEqual(
    Object.keys(configRows).filter((name) => !names.has(name) && !ours.includes(name)),
    [],
  );
});

for (const [line, error] of golden.lines) {
  test(`${line}: ${error === null ? 'taken' : 'refused'} as by libvirtd`, () => {
    const said = outcome(line);

    const expected = stricter[line] ?? error;
    // libvirtd leaves out the kind of error and the file, where it has found out the host.
    const shown = line.startsWith('host_uuid')
      ? (said?.replace('unsupported configuration: FILE: ', '') ?? null)
      : said;
    assert.equal(shown, expected);
  });
}
