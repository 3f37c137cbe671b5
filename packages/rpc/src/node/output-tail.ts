// The end of what a program writes, for errors: bounded, and made harmless to a terminal.

/** Keeps the last bytes of an output. */
export class OutputTail {
  private readonly limit: number;
  private chunks: Uint8Array[] = [];
  private size = 0;

  /** @param limit most bytes that are kept */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Adds a chunk, which is kept. */
  push(chunk: Uint8Array): void {
    const kept = chunk.length > this.limit ? chunk.subarray(chunk.length - this.limit) : chunk;
    this.chunks.push(kept);
    this.size += kept.length;
    while (this.size - (this.chunks[0]?.length ?? 0) >= this.limit) this.size -= this.chunks.shift()?.length ?? 0;
  }

  /** Gives the text, without white space at its end; control characters other than tab and line feed are `?`. */
  text(): string {
    const bytes = Buffer.concat(this.chunks);
    return printable(new TextDecoder().decode(bytes.subarray(Math.max(0, bytes.length - this.limit)))).trimEnd();
  }
}

/** Waits for something, but not for long. It must not fail. */
export async function within(event: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([event, late]);
  clearTimeout(timer);
}

// The other side may have written this: it must not reach a terminal as commands to it.
function printable(text: string): string {
  let shown = '';
  for (const char of text.replaceAll('\r\n', '\n')) {
    const code = char.codePointAt(0) ?? 0;
    const control = (code < 0x20 && char !== '\n' && char !== '\t') || (code >= 0x7f && code < 0xa0);
    shown += control ? '?' : char;
  }
  return shown;
}
