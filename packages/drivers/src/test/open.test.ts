import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { domainEvents, remote } from '@virtwire/protocol';
import { LibvirtError } from '@virtwire/rpc';
import { assert as check, asyncProperty, nat, string } from 'fast-check';
import { testDriver } from './index.ts';

const name = { name: 'test' };
const domain = "<domain type='test'><name>NAME</name><memory>1024</memory><os><type>hvm</type></os>EXTRA</domain>";

function files(content: Readonly<Record<string, string>>) {
  return testDriver({
    readFile(path) {
      const text = content[path];
      if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
      return new TextEncoder().encode(text);
    },
  });
}

function open(content: Readonly<Record<string, string>>, path = '/node.xml') {
  const driver = files(content).open(`test://${path}`, {});
  assert.ok(!(driver instanceof Promise));
  return driver;
}

test('connections to the default share one state, which goes with the last of them', async () => {
  const factory = testDriver();
  const one = await factory.open('test:///default', {});
  const two = await factory.open('test:///default?x=1', {});
  const { dom } = await one.call(remote.domainLookupByName, name, {});

  await one.call(remote.domainDestroy, { dom }, {});
  assert.deepEqual(await two.call(remote.domainIsActive, { dom }, {}), { active: 0 });
  await one.close();
  assert.deepEqual(await two.call(remote.domainIsActive, { dom }, {}), { active: 0 });
  await two.close();

  const three = await factory.open('test:///default', {});
  assert.deepEqual(await three.call(remote.domainIsActive, { dom }, {}), { active: 1 });
});

test('a change of the last connection is gone in the next one, whether others before it have only looked', async () => {
  const factory = testDriver();
  const autostart = async (change: boolean) => {
    const driver = await factory.open('test:///default', {});
    const { dom } = await driver.call(remote.domainLookupByName, name, {});
    const before = await driver.call(remote.domainGetAutostart, { dom }, {});
    if (change) await driver.call(remote.domainSetAutostart, { dom, autostart: 1 }, {});
    await driver.close();
    return before.autostart;
  };

  const seen: number[] = [];
  for (const change of [false, true, false, false, true, false]) seen.push(await autostart(change));

  assert.deepEqual(seen, [0, 0, 0, 0, 0, 0]);
});

test('a default that was only looked at is kept: opening it again takes no time', async () => {
  const factory = testDriver();
  const reference = async () => {
    const driver = await factory.open('test:///default', {});
    const { dom } = await driver.call(remote.domainLookupByName, name, {});
    await driver.close();
    return dom;
  };

  assert.equal(await reference(), await reference());
});

test('another connection sees the events of a start and a stop, after the answer, in order', async () => {
  const factory = testDriver();
  const one = await factory.open('test:///default', {});
  const two = await factory.open('test:///default', {});
  const seen: string[] = [];
  await two.subscribe(domainEvents.lifecycle, null, ({ event, detail }) => seen.push(`${event},${detail}`), {});
  const { dom } = await one.call(remote.domainLookupByName, name, {});

  void one.call(remote.domainDestroy, { dom }, {});
  void one.call(remote.domainCreate, { dom }, {});
  assert.deepEqual(seen, []);
  await Promise.resolve();

  assert.deepEqual(seen, ['5,1', '2,0']);
});

test('memory-only calls answer at once', async () => {
  const driver = await testDriver().open('test:///default', {});
  const { dom } = await driver.call(remote.domainLookupByName, name, {});

  for (const answer of [
    driver.call(remote.domainGetInfo, { dom }, {}),
    driver.call(remote.domainGetXmlDesc, { dom, flags: 0 }, {}),
    driver.call(remote.connectListAllDomains, { need_results: 1, flags: 0 }, {}),
    driver.call(remote.domainDefineXml, { xml: domain.replace('NAME', 'a').replace('EXTRA', '') }, {}),
  ]) {
    assert.ok(!(answer instanceof Promise));
  }
});

test('an inventory is private to its connection', async () => {
  const content = { '/node.xml': `<node>${domain.replace('NAME', 'a').replace('EXTRA', '')}</node>` };
  const factory = files(content);
  const one = await factory.open('test:///node.xml', {});
  const two = await factory.open('test:///node.xml', {});
  const { dom } = await one.call(remote.domainLookupByName, { name: 'a' }, {});

  await one.call(remote.domainDestroy, { dom }, {});

  const other = await two.call(remote.domainLookupByName, { name: 'a' }, {});
  assert.deepEqual(await two.call(remote.domainIsActive, other, {}), { active: 1 });
});

test('an inventory says in what state its domains are', () => {
  const space = "xmlns:test='http://libvirt.org/schemas/domain/test/1.0'";
  const inner = (extra: string, of: string) =>
    domain.replace('<domain', `<domain ${space}`).replace('NAME', of).replace('EXTRA', extra);
  const driver = open({
    '/node.xml': `<node>
      ${inner('<test:runstate>5</test:runstate><test:hasmanagedsave/>', 'off')}
      ${inner('<test:runstate>3</test:runstate>', 'paused')}
      ${inner('<test:transient/>', 'transient')}
      <domain file='more.xml'/>
      <cpu><nodes>1</nodes><sockets>1</sockets><cores>2</cores><threads>1</threads></cpu>
      <memory>12345</memory>
    </node>`,
    '/more.xml': domain.replace('NAME', 'more').replace('EXTRA', ''),
  });
  const state = (of: string) => {
    const { dom } = driver.call(remote.domainLookupByName, { name: of }, {}) as { dom: never };
    return driver.call(remote.domainGetState, { dom, flags: 0 }, {});
  };

  assert.deepEqual(state('off'), { state: 5, reason: 0 });
  assert.deepEqual(state('paused'), { state: 3, reason: 0 });
  assert.deepEqual(state('transient'), { state: 1, reason: 0 });
  assert.deepEqual(state('more'), { state: 1, reason: 0 });
  const node = driver.call(remote.nodeGetInfo, {}, {}) as { cpus: number; memory: bigint };
  assert.equal(node.cpus, 2);
  assert.equal(node.memory, 12345n);
});

test('domains that differ in names only are each what their XML says', () => {
  const disk = (file: string) =>
    `<devices><disk type='file'><source file='${file}'/><target dev='vda'/></disk></devices>`;
  const uuid = (digit: string) =>
    `<uuid>${`${digit.repeat(8)}-${digit.repeat(4)}-`.padEnd(24, `${digit.repeat(4)}-`)}${digit.repeat(12)}</uuid>`;
  const one = (of: string, digit: string) =>
    domain.replace('NAME', of).replace('EXTRA', uuid(digit) + disk(`/images/${of}`));
  const driver = open({ '/node.xml': `<node>${one('a', '1')}${one('b', '2')}${one('c', '3')}</node>` });

  for (const letter of ['a', 'b', 'c']) {
    const { dom } = driver.call(remote.domainLookupByName, { name: letter }, {}) as { dom: never };
    const { xml } = driver.call(remote.domainGetXmlDesc, { dom, flags: 0 }, {}) as { xml: string };
    assert.match(xml, new RegExp(`<name>${letter}</name>`));
    assert.match(xml, new RegExp(`<source file='/images/${letter}'/>`));
  }
});

test('what libvirt refuses to open is refused in its words', async () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, number, string])[] = [
    ['test:///', {}, 8, 'invalid argument: testOpen: supply a path or use test:///default'],
    ['test://', {}, 8, 'invalid argument: testOpen: supply a path or use test:///default'],
    ['test:///nofile', {}, 27, "XML error: failed to parse xml document '/nofile'"],
    ['test:default', {}, 27, "XML error: failed to parse xml document 'default'"],
    ['test:////default', {}, 27, "XML error: failed to parse xml document '//default'"],
    ['test:///a', { '/a': '<x/>' }, 27, "XML error: Root element is not 'node'"],
    ['test:///a', { '/a': '<node><memory>x</memory></node>' }, 27, 'XML error: invalid node memory value'],
    [
      'test:///a',
      { '/a': '<node><auth><user>u</user></auth></node>' },
      8,
      'invalid argument: Missing authentication credentials',
    ],
  ];

  for (const [uri, content, code, message] of cases) {
    await assert.rejects(async () => files(content).open(uri, {}), { code, domain: 12, message }, uri);
  }
});

test('an inventory with users lets in who proves to be one', async () => {
  const node = "<node><auth><user password='p'>u</user><user>v</user></auth></node>";
  const enter = (user: string, password: string | null) =>
    testDriver({ readFile: () => new TextEncoder().encode(node), authenticate: () => ({ user, password }) });

  await enter('u', 'p').open('test:///a', {});
  await enter('v', null).open('test:///a', {});
  for (const [user, password] of [
    ['u', 'x'],
    ['u', null],
    ['w', 'p'],
  ] as const) {
    await assert.rejects(async () => enter(user, password).open('test:///a', {}), { code: 45, domain: 12 });
  }
});

test('a damaged inventory is opened or refused with a LibvirtError', async () => {
  const golden = new URL('../../../../golden/conf/domain/', import.meta.url);
  const whole = `<node>${readFileSync(new URL('testnode-fv0.xml', golden), 'utf8')}<pool type='dir'><name>p</name><target><path>/p</path></target><volume><name>v</name><capacity>1</capacity></volume></pool></node>`;

  await check(
    asyncProperty(nat(whole.length), nat(40), string({ maxLength: 8 }), async (at, length, text) => {
      const damaged = whole.slice(0, at) + text + whole.slice(at + length);
      try {
        await files({ '/a': damaged }).open('test:///a', {});
      } catch (error) {
        assert.ok(error instanceof LibvirtError, String(error));
      }
    }),
    { numRuns: 150 },
  );
});

test('the screenshot is a stream that holds a PNG', async () => {
  const driver = await testDriver().open('test:///default', {});
  const { dom } = await driver.call(remote.domainLookupByName, name, {});
  const { streamPair } = await import('@virtwire/rpc');
  const { caller, driver: stream } = streamPair();
  const chunks: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    caller.receive({ data: (chunk) => chunks.push(chunk), hole: () => undefined, end: resolve, fail: reject });
  });

  assert.deepEqual(await driver.call(remote.domainScreenshot, { dom, screen: 0, flags: 0 }, { stream }), {
    mime: 'image/png',
  });
  await ended;
  await caller.finish();

  assert.equal(Buffer.concat(chunks).subarray(1, 4).toString(), 'PNG');
});
