import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writer } from '@virtwire/rpc';
import { keepDomain, NonnullDomain } from './types.ts';

const plain = { name: 'näme', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 7 };

function bytesOf(dom: NonnullDomain, before = 0): Uint8Array {
  const writer = new Writer(16);
  writer.reserve(before);
  NonnullDomain.encode(writer, dom);
  return writer.written().slice(before);
}

test('a domain that is kept has the bytes of any other, the first time and later, wherever it stands', () => {
  const kept = keepDomain({ ...plain });

  assert.deepEqual(kept, plain);
  assert.deepEqual(bytesOf(kept), bytesOf(plain));
  assert.deepEqual(bytesOf(kept, 12), bytesOf(plain));
  assert.deepEqual(bytesOf(kept, 64), bytesOf(plain));
});

test('a domain that cannot be sent is refused each time, kept or not', () => {
  const wrong = keepDomain({ ...plain, uuid: 'no uuid' });

  assert.throws(() => bytesOf(wrong), { message: /is not a UUID/ });
  assert.throws(() => bytesOf(wrong), { message: /is not a UUID/ });
});
