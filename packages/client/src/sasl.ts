// SASL from the client: chooses a mechanism, gets the credentials that it needs, and goes through the exchange.
import { remote } from '@virtwire/protocol';
import { type Caller, ErrorCode, ErrorDomain, LibvirtError, saslChannel } from '@virtwire/rpc';
import type { SaslClient, SaslMechanism, SaslNeed } from '@virtwire/rpc/sasl';
import type { CredentialContext, CredentialRequest, CredentialSource } from './credentials.ts';

/** What the exchange is told. */
export interface SaslContext {
  readonly caller: Caller;
  /** Wanted mechanism; null when the server's list decides. */
  readonly mechanism: string | null;
  /** Name of the server in the URI; `localhost` when it has none. */
  readonly host: string;
  /** True when nobody between can read the bytes: then no layer is wanted, and passwords may go as they are. */
  readonly secure: boolean;
  readonly credentials: CredentialSource;
  readonly signal: AbortSignal | undefined;
  /** Takes what was seen, for the evidence of errors; nothing secret. */
  readonly note?: (evidence: Readonly<Record<string, unknown>>) => void;
}

// What libvirt demands of a link that anybody may read (remoteAuthSASL), in the strength of DES.
const LEAST_SSF = 56;
const MOST_SSF = 100_000;
// Mechanisms need four steps at most; a server that goes on for ever is not answered for ever.
const MAX_STEPS = 16;

type Strength = { readonly minSsf: number; readonly maxSsf: number };

// The words are those of Cyrus SASL, as virsh shows them.
const requests: Readonly<Record<SaslNeed, CredentialRequest>> = {
  authname: { kind: 'authname', prompt: 'Please enter your authentication name', hidden: false },
  password: { kind: 'password', prompt: 'Please enter your password', hidden: true },
};

/**
 * Proves to the server who we are, and puts the agreed layer under the connection.
 *
 * @throws LibvirtError `AuthFailed` in libvirt's words
 * @see remoteAuthSASL
 */
export async function authenticateSasl(context: SaslContext): Promise<void> {
  const { caller, secure, signal, note } = context;
  note?.({ saslStep: 'mechanisms' });
  const { mechlist } = await caller.call(remote.authSaslInit, {}, { signal });
  const strength = secure ? { minSsf: 0, maxSsf: 0 } : { minSsf: LEAST_SSF, maxSsf: MOST_SSF };
  note?.({ saslStep: 'begin', saslOffered: mechlist.split(',') });
  const { mechanism, client } = await begin(context, mechlist.split(','), strength);
  note?.({ saslStep: 'exchange', saslMechanism: mechanism.name });
  await exchange(context, mechanism, client);
  const { layer } = client;
  const ssf = layer?.ssf ?? 0;
  if (ssf < strength.minSsf) throw failed(`negotiation SSF ${ssf} was not strong enough`);
  if (layer === null) caller.resume();
  else caller.switchChannel((channel) => saslChannel(channel, layer));
}

// The first mechanism of our order that the server has, that is allowed here, and that can begin: GSSAPI cannot without
// a ticket, and then the next one gets its chance.
async function begin(
  context: SaslContext,
  offered: readonly string[],
  strength: Strength,
): Promise<{ mechanism: SaslMechanism; client: SaslClient }> {
  const { saslMechanisms, SaslFaultNumber, startFault } = await import('@virtwire/rpc/sasl');
  const { mechanism: wanted } = context;
  const named = (name: string) => wanted === null || name.toLowerCase() === wanted.toLowerCase();
  if (wanted !== null && !offered.some(named)) throw failed(`SASL mechanism ${wanted} not supported by server`);
  let failure: LibvirtError | undefined;
  const known = Array.from(saslMechanisms.values());
  context.note?.({
    saslUsable: known.filter((mechanism) => isAllowed(mechanism, context, strength)).map(({ name }) => name),
    // True when the server has ways of ours, but none that is safe on this link.
    saslWithoutEncryption:
      known.some((mechanism) => offered.includes(mechanism.name)) &&
      !known.some((mechanism) => offered.includes(mechanism.name) && isAllowed(mechanism, context, strength)),
  });
  for (const mechanism of known) {
    if (!offered.includes(mechanism.name) || !named(mechanism.name) || !isAllowed(mechanism, context, strength))
      continue;
    if (wanted === null && (await mechanism.available?.()) === false) continue;
    try {
      return { mechanism, client: await makeClient(context, mechanism, strength) };
    } catch (thrown) {
      if (mechanism.needs.length > 0 || !(thrown instanceof LibvirtError)) throw thrown;
      failure ??= thrown;
    }
  }
  throw failure ?? startFault('No worthy mechs found', SaslFaultNumber.NoMechanism);
}

function isAllowed({ sendsPassword, anonymous, maxSsf }: SaslMechanism, { secure }: SaslContext, { minSsf }: Strength) {
  return maxSsf >= minSsf && (secure || (!sendsPassword && !anonymous));
}

async function makeClient(context: SaslContext, mechanism: SaslMechanism, strength: Strength): Promise<SaslClient> {
  const { host, credentials, signal } = context;
  const options = { host, ...strength };
  if (mechanism.needs.length === 0) return mechanism.client(options);
  const asked: CredentialContext = { service: 'libvirt', host, ...(signal === undefined ? {} : { signal }) };
  const [realm, answers] = await Promise.all([
    credentials.stored(asked, 'realm'),
    credentials.ask(
      asked,
      mechanism.needs.map((need) => requests[need]),
    ),
  ]);
  const name = mechanism.needs.indexOf('authname');
  if (name >= 0) context.note?.({ saslUser: answers[name] ?? '' });
  const given = Object.fromEntries(mechanism.needs.map((need, index) => [need, answers[index] ?? '']));
  return mechanism.client({ ...options, ...given, ...(realm === null ? {} : { realm }) });
}

async function exchange(
  { caller, signal, note }: SaslContext,
  { name: mech }: SaslMechanism,
  client: SaslClient,
): Promise<void> {
  const options = { signal, pauseAfterReply: true };
  let reply = await caller.call(remote.authSaslStart, { mech, ...toWire(await client.start()) }, options);
  for (let step = 0; step < MAX_STEPS; step++) {
    // With its last message the server may prove itself, so that we have to look even when it is content.
    const answer = client.complete ? null : await client.step(reply.nil !== 0 ? null : reply.data);
    if (reply.complete !== 0) {
      if (!client.complete) throw failed('the server ended the SASL negotiation before it had proven itself');
      return;
    }
    // How far the server has come with us tells what it missed, which it never says.
    note?.({ saslReplies: step + 1 });
    caller.resume();
    reply = await caller.call(remote.authSaslStep, toWire(answer), options);
  }
  throw failed(`the SASL negotiation has no end after ${MAX_STEPS} steps`);
}

function toWire(data: Uint8Array | null): { nil: number; data: Uint8Array } {
  return data === null ? { nil: 1, data: new Uint8Array() } : { nil: 0, data };
}

function failed(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.AuthFailed, detail, { domain: ErrorDomain.Remote });
}
