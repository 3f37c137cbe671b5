// Names and passwords in their one canonical form (SASLprep, RFC 4013).
import { saslFailure } from './mechanism.ts';

const ASCII = /^[\x20-\x7e]*$/;

/** Prepares a name or a password. @throws LibvirtError `AuthFailed` for text that SASLprep forbids */
export async function saslprep(text: string): Promise<string> {
  // The tables of the library take longer to load than all the rest of an exchange; most names need none of them.
  if (ASCII.test(text)) return text;
  const { default: library } = await import('@mongodb-js/saslprep');
  try {
    return library(text);
  } catch (cause) {
    throw saslFailure('name or password contains characters that SASLprep forbids', { cause });
  }
}
