import assert from 'node:assert/strict';
import test from 'node:test';
import { keepPart, PAGE_BYTES, pageFull, pagesWanted, releasePart, takePage } from './kept-memory.ts';

const fresh = () => new Uint8Array(PAGE_BYTES);

test('a page is used again when it is full and all its kept parts are given back', () => {
  pagesWanted(true);
  const page = takePage(fresh);
  const parts = [page.subarray(0, 100), page.subarray(100, 200)] as const;
  for (const part of parts) keepPart(part);

  releasePart(parts[0]);
  pageFull(page);
  assert.notEqual(takePage(fresh).buffer, page.buffer);
  releasePart(parts[1]);

  assert.equal(takePage(fresh).buffer, page.buffer);
  pagesWanted(false);
});

test('a page that is still read into is not used again', () => {
  pagesWanted(true);
  const page = takePage(fresh);
  const part = page.subarray(0, 100);
  keepPart(part);
  releasePart(part);

  assert.notEqual(takePage(fresh).buffer, page.buffer);
  pageFull(page);
  assert.equal(takePage(fresh).buffer, page.buffer);
  pagesWanted(false);
});

test('no page is held while nobody wants any', () => {
  pagesWanted(true);
  const [early, late] = [takePage(fresh), takePage(fresh)];
  pageFull(early);
  pagesWanted(false);
  pageFull(late);

  pagesWanted(true);
  const taken = takePage(fresh).buffer;
  pagesWanted(false);
  assert.notEqual(taken, early.buffer);
  assert.notEqual(taken, late.buffer);
});

test('memory of other origin is left alone', () => {
  const other = new Uint8Array(8);

  keepPart(other);
  releasePart(other);
  releasePart(other);
  pageFull(other);
  assert.notEqual(takePage(fresh).buffer, other.buffer);
});
