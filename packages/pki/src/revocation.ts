// Writes the revocation list of an authority from what it has revoked.
import { type Authority, authorityFiles, readSigner } from './authority.ts';
import { makeRevocationList, type Revocation } from './certificate-maker.ts';
import type { Context } from './context.ts';
import type { FileWrite } from './machine.ts';

/** How a list is made. */
export interface ListOptions {
  /** Days until the next one has to come. */
  readonly days: number;
  readonly passphraseFile: string | null;
}

/** The change that writes the list of all revocations. @param revocations those noted, and perhaps a new one */
export async function revocationListFile(
  context: Context,
  authority: Authority,
  revocations: readonly Revocation[],
  { days, passphraseFile }: ListOptions,
): Promise<FileWrite> {
  const signer = await readSigner(context, authority, passphraseFile);
  const content = await makeRevocationList(
    revocations,
    {
      thisUpdate: context.now,
      nextUpdate: new Date(context.now.getTime() + days * 86_400_000),
      // Lists are numbered upwards; the clock does that.
      number: context.now.getTime() / 1000,
    },
    signer,
  );
  return { path: authorityFiles(authority.folder).revocationList, content, mode: 0o644 };
}

/** What an authority has revoked. */
export function revocationsOf({ issued }: Authority): Revocation[] {
  return issued.flatMap(({ revocation }) => (revocation === null ? [] : [revocation]));
}
