// Opening again when polkit says no: with an agent that can ask the user, and a few times, for passwords are mistyped.
import { ErrorCode, ErrorDomain, LibvirtError } from 'virtwire';
import type { PolkitAgent } from './polkit-agent.ts';

/** How often polkit may refuse before the shell gives up, as in virsh. */
const MAX_REFUSALS = 5;

/** How to open, and to get an agent. */
export interface PolkitRetry<T> {
  readonly readOnly: boolean;
  readonly open: () => Promise<T>;
  readonly startAgent: () => Promise<PolkitAgent | null>;
}

/**
 * Opens, and again where virsh does: when polkit found nobody to ask and an agent can be started, and when it refused.
 *
 * @throws the last error of `open`
 * @see virshConnect
 */
export async function openWithPolkit<T>({ readOnly, open, startAgent }: PolkitRetry<T>): Promise<T> {
  let agent: PolkitAgent | null = null;
  let refusals = 0;
  try {
    for (;;) {
      try {
        return await open();
      } catch (thrown) {
        if (readOnly || !(thrown instanceof LibvirtError) || thrown.domain !== ErrorDomain.Polkit) throw thrown;
        if (thrown.code === ErrorCode.AuthUnavailable) {
          // With an agent that polkit does not want, asking again would never end.
          if (agent !== null) throw thrown;
          agent = await startAgent();
          if (agent === null) throw thrown;
        } else if (thrown.code !== ErrorCode.AuthFailed || ++refusals >= MAX_REFUSALS) {
          throw thrown;
        }
      }
    }
  } finally {
    agent?.stop();
  }
}
