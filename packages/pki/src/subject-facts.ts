// What a distinguished name in DER form says.
import { commonNames, derValues, formatDistinguishedName } from '@virtwire/rpc/tls';

/** Reads a name. @returns its common names, and the whole of it in the daemon's spelling */
export function subjectFacts(der: Uint8Array): { readonly commonNames: readonly string[]; readonly text: string } {
  const [name] = derValues(der);
  return { commonNames: commonNames(name), text: formatDistinguishedName(name) };
}
