// The memory that the data of streams lies in: a page is used again once all parts of it that were kept are given back.

/** Bytes of a page. */
export const PAGE_BYTES = 1_048_576;

// Pages that are free. New ones for each mebibyte of an upload make the collector of garbage run all the time.
const freePages: Uint8Array[] = [];
const MAX_FREE_PAGES = 12;
let users = 0;

interface PageState {
  /** Parts that somebody keeps. */
  kept: number;
  /** True when nothing more is read into it. */
  full: boolean;
}

// By the memory that page and parts share; what is not in here comes from elsewhere and is left to the collector.
const states = new WeakMap<ArrayBufferLike, PageState>();

/** Says that somebody will read into pages; while nobody does, none is held free. */
export function pagesWanted(wanted: boolean): void {
  users += wanted ? 1 : -1;
  if (users === 0) freePages.length = 0;
}

/** Gives a page to read into. @param make makes one of {@link PAGE_BYTES} whose memory nobody else has */
export function takePage(make: () => Uint8Array): Uint8Array {
  const page = freePages.pop() ?? make();
  states.set(page.buffer, { kept: 0, full: false });
  return page;
}

/** Nothing more is read into a page: it is free as soon as no part of it is kept. */
export function pageFull(page: Uint8Array): void {
  const state = states.get(page.buffer);
  if (state === undefined) return;
  state.full = true;
  reuse(page.buffer, state);
}

/** A part of a page is kept, until {@link releasePart}; without that, the page is not used again. */
export function keepPart(part: Uint8Array): void {
  const state = states.get(part.buffer);
  if (state !== undefined) state.kept++;
}

/** A part that was kept is given back; does nothing for memory of other origin. */
export function releasePart(part: Uint8Array): void {
  const state = states.get(part.buffer);
  if (state === undefined) return;
  state.kept--;
  reuse(part.buffer, state);
}

function reuse(memory: ArrayBufferLike, state: PageState): void {
  if (!state.full || state.kept !== 0) return;
  states.delete(memory);
  if (users > 0 && freePages.length < MAX_FREE_PAGES) freePages.push(new Uint8Array(memory));
}
