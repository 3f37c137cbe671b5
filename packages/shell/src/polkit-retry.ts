// Opening with polkit's agent beside us, and again when polkit says no, for passwords are mistyped.
import { ErrorCode, ErrorDomain, LibvirtError } from 'virtwire';
import type { PolkitAgent } from './polkit-agent.ts';

/** How often polkit may refuse before the shell gives up, as in virsh. */
const MAX_REFUSALS = 5;

/** How to open, and to get an agent. */
export interface PolkitRetry<T> {
  readonly readOnly: boolean;
  /** @param beforePolkit to be called before polkit is asked */
  readonly open: (beforePolkit: () => Promise<void>) => Promise<T>;
  readonly startAgent: () => Promise<PolkitAgent | null>;
}

/**
 * Opens, with an agent beside us while polkit decides, and again where virsh does: when polkit has refused. virsh starts its
 * agent for every connection; here it is started for a daemon that asks polkit, and never in vain.
 *
 * @throws the last error of `open`
 * @see virshConnect
 */
export async function openWithPolkit<T>({ readOnly, open, startAgent }: PolkitRetry<T>): Promise<T> {
  let agent: Promise<PolkitAgent | null> | undefined;
  try {
    for (let refusals = 1; ; refusals++) {
      try {
        return await open(async () => void (await (agent ??= startAgent())));
      } catch (thrown) {
        if (readOnly || refusals >= MAX_REFUSALS || !isRefusal(thrown)) throw thrown;
      }
    }
  } finally {
    (await agent)?.stop();
  }
}

function isRefusal(thrown: unknown): boolean {
  return thrown instanceof LibvirtError && thrown.domain === ErrorDomain.Polkit && thrown.code === ErrorCode.AuthFailed;
}
