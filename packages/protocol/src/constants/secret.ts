// Constants of secrets.

/** What a secret is for (`virSecretUsageType`). */
export const SecretUsageType = { None: 0, Volume: 1, Ceph: 2, Iscsi: 3, Tls: 4, Vtpm: 5 } as const;

/** Flags of virConnectListAllSecrets (`virConnectListAllSecretsFlags`). */
export const ConnectListAllSecretsFlags = { Ephemeral: 1, NoEphemeral: 2, Private: 4, NoPrivate: 8 } as const;

/** Flags of virSecretDefineXML (`virSecretDefineFlags`). */
export const SecretDefineFlags = { Validate: 1 } as const;

/** Ids of secret events (`virSecretEventID`). */
export const SecretEventId = { Lifecycle: 0, ValueChanged: 1 } as const;

/** What a lifecycle event of a secret says (`virSecretEventLifecycleType`). */
export const SecretEventLifecycleType = { Defined: 0, Undefined: 1 } as const;
