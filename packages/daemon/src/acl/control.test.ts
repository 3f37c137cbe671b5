import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import test, { type TestContext } from 'node:test';
import { domainEvents, type Identity, remote } from '@virtwire/protocol';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { AuditLog } from '../audit/audit-log.ts';
import { memoryServer, type MemoryServer } from '../testing/memory-server.ts';
import { verifyAuditLog } from '../audit/verify.ts';
import { type AccessControl, accessControl } from './control.ts';

const alice: Identity = { saslUser: 'alice', address: 'memory' };
const eve: Identity = { saslUser: 'eve', address: 'memory' };
const mine = { name: 'alice-1', uuid: '11111111-1111-1111-1111-111111111111', id: 1 };
const other = { name: 'db', uuid: '22222222-2222-2222-2222-222222222222', id: 2 };
const denied = { code: ErrorCode.AccessDenied, message: "access denied: 'fake' denied access" };

interface Controlled {
  readonly made: MemoryServer;
  readonly control: AccessControl;
  readonly lines: string[];
  readonly directory: string;
}

function controlled(t: TestContext, rules: string): Controlled {
  const directory = mkdtempSync(join(tmpdir(), 'access-'));
  const rulesFile = join(directory, 'rules.yaml');
  writeFileSync(rulesFile, rules);
  const lines: string[] = [];
  const control = accessControl({
    drivers: ['rules'],
    rulesFile,
    auditFile: join(directory, 'audit.log'),
    polkit: null,
    copy: null,
    log: (level, text) => lines.push(`${level} ${text}`),
  });
  t.after(() => {
    control.close();
    rmSync(directory, { recursive: true });
  });
  return { made: memoryServer({ access: control }), control, lines, directory };
}

const rules = `rules:
  - who: sasl:alice
    may: view
    on: domain $user-*
`;

test('who may not open does not open, and its driver is never made', async (t) => {
  const { made, lines } = controlled(t, rules);
  const caller = made.caller({}, eve);

  await assert.rejects(caller.call(remote.connectOpen, { name: 'fake:///', flags: 0 }), denied);

  assert.deepEqual(made.open, []);
  assert.deepEqual(lines, ["error 'fake' denied connectOpen to sasl:eve: getattr on connect: no rule allows it"]);
  await caller.close();
});

test('calls that the daemon answers itself are checked, too', async (t) => {
  const { made, control, directory } = controlled(t, rules);
  const caller = made.caller({}, alice);
  await caller.call(remote.connectOpen, { name: 'fake:///', flags: 0 });
  assert.deepEqual(await caller.call(remote.connectGetUri, {}), { uri: 'fake:///' });

  writeFileSync(join(directory, 'rules.yaml'), 'rules: []\n');
  control.reload();

  for (const procedure of [remote.connectGetUri, remote.connectGetLibVersion, remote.connectRegisterCloseCallback]) {
    await assert.rejects(caller.call(procedure, {}), denied, procedure.name);
  }
  await assert.rejects(caller.call(remote.connectDomainEventRegisterAny, { eventID: 0 }), denied);
  await assert.rejects(caller.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom: null }), denied);
  await assert.rejects(caller.call(remote.connectNetworkEventRegisterAny, { eventID: 0, net: null }), denied);
  await assert.rejects(caller.call(remote.connectDomainEventDeregisterAny, { eventID: 0 }), denied);
  assert.deepEqual(await caller.call(remote.authList, {}), { types: [0] });
  await caller.call(remote.connectClose, {});
});

// CVE-2013-4399, CVE-2014-0028: events came without a check, and registering crashed where nobody was known.
test('both forms of events keep back what the client may not see', async (t) => {
  const { made } = controlled(t, rules);
  const legacy = made.caller({}, alice);
  const modern = made.caller({}, alice);
  const seen: string[] = [];
  const done = Promise.withResolvers<void>();
  const note = (form: string, name: string) => {
    seen.push(`${form} ${name}`);
    if (seen.length === 2) done.resolve();
  };
  for (const caller of [legacy, modern]) await caller.call(remote.connectOpen, { name: 'fake:///', flags: 0 });
  legacy.onEvent((_row, message) => note('legacy', (message as { dom: { name: string } }).dom.name));
  modern.onEvent((_row, message) => note('modern', (message as { msg: { dom: { name: string } } }).msg.dom.name));
  await legacy.call(remote.connectDomainEventRegister, {});
  await modern.call(remote.connectDomainEventCallbackRegisterAny, { eventID: 0, dom: null });

  for (const dom of [other, mine]) made.hub.publish(domainEvents.lifecycle, { dom, event: 2, detail: 0 });
  await done.promise;
  await nextTurn();

  assert.deepEqual(seen.sort(), ['legacy alice-1', 'modern alice-1']);
  for (const caller of [legacy, modern]) await caller.close();
});

test('a client whom nobody knows is denied, not fatal', async (t) => {
  const { made } = controlled(t, 'rules:\n  - who: sasl:*\n    may: manage\n');
  const caller = made.caller();

  await assert.rejects(caller.call(remote.connectOpen, { name: 'fake:///', flags: 0 }), denied);
  await caller.close();
});

test('a read-only connection is refused before rules are asked, and that is written down', async (t) => {
  const { made, directory } = controlled(t, 'rules:\n  - who: sasl:alice\n    may: manage\n');
  const caller = made.caller({ readOnly: true }, alice);
  await caller.call(remote.connectOpen, { name: 'fake:///', flags: 0 });

  await assert.rejects(caller.call(remote.domainDestroy, { dom: mine }), {
    code: ErrorCode.OperationDenied,
    message: 'operation forbidden: read only access prevents virDomainDestroy',
  });

  assert.match(readFileSync(join(directory, 'audit.log'), 'utf8'), /"rule":"the connection is read-only"/);
  await caller.close();
});

test('rules with a fault change nothing at a reload, and stop the start', (t) => {
  const { control, directory } = controlled(t, rules);
  const rulesFile = join(directory, 'rules.yaml');
  writeFileSync(rulesFile, 'rules:\n  - who: x\n');

  assert.throws(() => control.reload(), { code: ErrorCode.ConfSyntax });
  const start = () =>
    accessControl({ drivers: ['rules'], rulesFile, auditFile: null, polkit: null, copy: null, log: () => undefined });
  assert.throws(start, { code: ErrorCode.ConfSyntax });
  rmSync(rulesFile);
  assert.throws(start, {
    code: ErrorCode.SystemError,
    message: `cannot read the access rules '${rulesFile}': No such file or directory`,
  });
});

test('rules that cannot be written down do not come into force', async (t) => {
  const { made, control, directory } = controlled(t, rules);
  const caller = made.caller({}, alice);
  await caller.call(remote.connectOpen, { name: 'fake:///', flags: 0 });
  const ask = () => caller.call(remote.connectGetHostname, {});
  await ask();
  writeFileSync(join(directory, 'rules.yaml'), 'rules: []\n');

  const full = t.mock.method(AuditLog.prototype, 'add', () => {
    throw new LibvirtError(ErrorCode.SystemError, 'No space left on device');
  });
  assert.throws(() => control.reload(), { code: ErrorCode.SystemError });
  full.mock.restore();
  await ask();
  control.reload();
  await assert.rejects(ask, denied);
  await caller.close();
});

test('other drivers, rules and logs are taken over at a reload, for clients that are there as well', async (t) => {
  const { made, control, directory, lines } = controlled(t, rules);
  const place = (name: string) => join(directory, name);
  const auditEvents = (name: string) =>
    readFileSync(place(name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
  const sources = { drivers: ['rules'], rulesFile: place('rules.yaml'), auditFile: place('audit.log') };
  const caller = made.caller({}, alice);
  await caller.call(remote.connectOpen, { name: 'fake:///', flags: 0 });
  const ask = () => caller.call(remote.connectGetHostname, {});
  writeFileSync(place('rules.yaml'), 'rules: []\n');
  control.reload();
  await assert.rejects(ask, denied);
  writeFileSync(place('wider.yaml'), 'rules:\n  - who: sasl:alice\n    may: manage\n');

  control.reload({ ...sources, rulesFile: place('wider.yaml'), auditFile: place('second.log') });
  await ask();
  control.reload({ ...sources, drivers: [], auditFile: null });
  await ask();
  control.reload({ ...sources, auditFile: place('third.log') });
  await assert.rejects(ask, denied);
  assert.throws(() => control.reload({ ...sources, rulesFile: place('missing.yaml'), auditFile: null }));
  assert.throws(() => control.reload({ ...sources, rulesFile: place('wider.yaml'), auditFile: place('no/log') }));
  await assert.rejects(ask, denied);

  assert.deepEqual(auditEvents('second.log'), ['opened', 'rules', 'closed']);
  assert.deepEqual(auditEvents('third.log'), ['opened', 'rules', 'drivers', 'denied', 'denied']);
  assert.equal((await verifyAuditLog(place('audit.log'))).faults.length, 0);
  const before = (await verifyAuditLog(place('audit.log'))).last;
  assert.deepEqual((await verifyAuditLog(place('second.log'), before)).faults, []);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('warning')),
    ['warning access is not controlled any more', 'warning access is now controlled by rules'],
  );
  await caller.close();
});
