// Cuts a command string, or ready words, into the words of commands, as virsh does.
import { UsageError } from './failure.ts';

/** What a source of words gives: a word, or where a command or everything ends. */
export type Token = { readonly word: string } | 'command-end' | 'end';

/** Gives the words of a command line one after the other. */
export interface WordSource {
  /** @throws UsageError when quoting or escaping is left open */
  next(): Token;
}

/** Words that a process was started with: one command, nothing is cut or unquoted. */
export function readyWords(words: readonly string[]): WordSource {
  let at = 0;
  return {
    next() {
      const word = words[at++];
      return word === undefined ? 'end' : { word };
    },
  };
}

/**
 * Cuts a command string into words.
 *
 * `;` and line breaks end a command, `#` at the start of a word begins a comment, `'...'` is literal, in `"..."` and
 * outside of quotes a backslash takes the next character as it is, and backslash and line break together vanish.
 * An open single quote is accepted, as in virsh (vshCommandStringGetArg).
 */
export function commandString(text: string): WordSource {
  let at = 0;

  const skipBlanks = () => {
    for (;;) {
      const char = text[at];
      if (char === ' ' || char === '\t') at += 1;
      else if (char === '\\' && text[at + 1] === '\n') at += 2;
      else return;
    }
  };

  const readWord = (): string => {
    let word = '';
    let quote: '"' | "'" | null = null;
    for (; at < text.length; at++) {
      const char = text[at] as string;
      if (quote === null && (char === ' ' || char === '\t' || char === ';' || char === '\n')) break;
      if (char === "'" && quote !== '"') {
        quote = quote === null ? "'" : null;
      } else if (char === '"' && quote !== "'") {
        quote = quote === null ? '"' : null;
      } else if (char === '\\' && quote !== "'") {
        at += 1;
        const escaped = text[at];
        if (escaped === undefined) throw new UsageError('dangling \\');
        if (escaped !== '\n') word += escaped;
      } else {
        word += char;
      }
    }
    if (quote === '"') throw new UsageError('missing "');
    return word;
  };

  return {
    next() {
      skipBlanks();
      if (text[at] === '#') {
        while (at < text.length && text[at] !== '\n') at += 1;
      }
      const char = text[at];
      if (char === undefined) return 'end';
      if (char === ';' || char === '\n') {
        at += 1;
        return 'command-end';
      }
      return { word: readWord() };
    },
  };
}
