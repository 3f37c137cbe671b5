// Small changes to .conf files: the setting changes, nothing else does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfFile } from '@virtwire/conf/file';
import { withListEntry, withSetting } from './conf-edit.ts';

const change = { name: 'uri_aliases', entry: 'a=b', replaces: (entry: string) => entry.startsWith('a=') };

test('a list gets an entry, in a file with or without it, over one line or several', () => {
  for (const text of [
    '',
    '# only a remark',
    'x = 1\n',
    'uri_aliases = [ "c=d" ]\nx = 1\n',
    'uri_aliases = [\n"c=d", # no remark\n]\n'.replace(' # no remark', ''),
    'uri_aliases = []',
  ]) {
    const changed = withListEntry(text, 'f', change);

    const list = parseConfFile(changed, { path: 'f' }).getStringList('uri_aliases');
    assert.deepEqual(list, text.includes('c=d') ? ['c=d', 'a=b'] : ['a=b'], text);
    if (text.includes('x = 1')) assert.match(changed, /x = 1\n/);
  }
});

test('an entry that is there stays, an old one makes room', () => {
  const once = withListEntry('', 'f', change);

  assert.equal(withListEntry(once, 'f', change), once);
  const list = parseConfFile(withListEntry('uri_aliases = ["a=old", "c=d"]', 'f', change), { path: 'f' });
  assert.deepEqual(list.getStringList('uri_aliases'), ['c=d', 'a=b']);
});

test('other settings, remarks and long strings stay byte for byte', () => {
  const value = fc.oneof(
    fc.integer({ min: 0, max: 99 }).map(String),
    fc.constantFrom('"text"', "'[ # '", '"""long\nstring ] """', '[ "a",\n  "b" ]'),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 4 }), fc.array(value, { maxLength: 4 }), value, (before, after, old) => {
      const lines = (name: string, values: readonly string[]) =>
        values.map((each, at) => `${name}${at} = ${each} # remark\n`).join('');
      const text = `${lines('b', before)}listen_tls = ${old}\n${lines('a', after)}`;

      assert.equal(
        withSetting(text, 'f', 'listen_tls', 'listen_tls = 1\n'),
        `${lines('b', before)}listen_tls = 1\n${lines('a', after)}`,
      );
    }),
  );
});
