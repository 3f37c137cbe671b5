// The face `@virtwire/rpc/sasl`: all SASL mechanisms, best first; the order is the one in which a client prefers them.
import { anonymous } from './anonymous.ts';
import { digestMd5 } from './digest-md5.ts';
import { external } from './external.ts';
import { gssapi } from './gssapi.ts';
import type { SaslMechanism } from './mechanism.ts';
import { plain } from './plain.ts';
import { scramSha1, scramSha256, scramSha512 } from './scram.ts';

/** Every mechanism by its registered name. */
export const saslMechanisms: ReadonlyMap<string, SaslMechanism> = new Map(
  [gssapi, scramSha512, scramSha256, scramSha1, digestMd5, external, plain, anonymous].map((mechanism) => [
    mechanism.name,
    mechanism,
  ]),
);

export type {
  SaslClient,
  SaslClientOptions,
  SaslMechanism,
  SaslNeed,
  SaslSecrets,
  SaslServer,
  SaslServerOptions,
  SaslServerStep,
  ScramKeys,
  SecurityLayer,
} from './mechanism.ts';
export {
  faultText,
  MAX_SASL_MESSAGE_BYTES,
  SaslFault,
  SaslFaultNumber,
  saslFailure,
  startFault,
  stepFault,
} from './mechanism.ts';
export { saslprep } from './prepare.ts';
export { SCRAM_ITERATIONS, type ScramHash, scramHashes, scramKeys } from './scram-keys.ts';
