// The flags of the calls that make volumes.

/** virStorageVolCreateFlags */
export const CreateFlags = { PreallocMetadata: 1, Reflink: 2, Validate: 4 } as const;
