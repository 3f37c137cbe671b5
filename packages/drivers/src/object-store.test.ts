import assert from 'node:assert/strict';
import test from 'node:test';
import { ObjectStore } from './object-store.ts';

const make = (name: string, id = -1) => ({ name, uuid: `${name}-uuid`, id });

test('an object is found by name, uuid and id', () => {
  const store = new ObjectStore<ReturnType<typeof make>>();
  const one = make('one', 7);

  store.add(one);

  assert.equal(store.byName('one'), one);
  assert.equal(store.byUuid('one-uuid'), one);
  assert.equal(store.byId(7), one);
  assert.equal(store.byId(-1), undefined);
});

test('a change of name and id keeps it findable, by the new ones only', () => {
  const store = new ObjectStore<ReturnType<typeof make>>();
  const one = make('one', 7);
  store.add(one);

  store.update(one, (object) => {
    object.name = 'two';
    object.id = -1;
  });

  assert.equal(store.byName('one'), undefined);
  assert.equal(store.byId(7), undefined);
  assert.equal(store.byName('two'), one);
});

test('a removed object is gone, and a stranger of the same uuid is left alone', () => {
  const store = new ObjectStore<ReturnType<typeof make>>();
  const one = make('one', 7);
  store.add(one);

  store.remove(make('one', 7));
  assert.equal(store.size, 1);
  store.remove(one);

  assert.equal(store.size, 0);
  assert.equal(store.byName('one'), undefined);
});

test('a name that changed by itself takes no name from another object', () => {
  const store = new ObjectStore<ReturnType<typeof make>>();
  const one = make('one');
  store.add(one);
  one.name = 'former';
  const other = { name: 'former', uuid: 'other-uuid', id: -1 };
  store.add(other);

  store.update(one, (object) => {
    object.id = 3;
  });
  assert.equal(store.byName('one'), one);
  assert.equal(store.byName('former'), other);
  store.update(one, (object) => {
    object.name = 'new';
  });
  assert.equal(store.byName('one'), undefined);
  assert.equal(store.byName('new'), one);
  one.name = 'former';
  store.remove(one);

  assert.equal(store.byName('new'), undefined);
  assert.equal(store.byName('former'), other);
});
