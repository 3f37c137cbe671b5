// Constants of the qemu program.

/** Flags of virDomainQemuMonitorCommand (`virDomainQemuMonitorCommandFlags`). */
export const DomainQemuMonitorCommandFlags = { Default: 0, Hmp: 1 } as const;

/** Timeouts of virDomainQemuAgentCommand that are no seconds (`virDomainQemuAgentCommandTimeoutValues`). */
export const DomainQemuAgentCommandTimeoutValues = {
  Min: -2,
  Block: -2,
  Default: -1,
  Nowait: 0,
  Shutdown: 60,
} as const;

/** Flags of virConnectDomainQemuMonitorEventRegister (`virConnectDomainQemuMonitorEventRegisterFlags`). */
export const ConnectDomainQemuMonitorEventRegisterFlags = { Regex: 1, Nocase: 2 } as const;
