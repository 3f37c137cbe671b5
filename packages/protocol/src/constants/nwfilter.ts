// Flags of the calls about network filters.

/** Flags of virNWFilterDefineXMLFlags (`virNWFilterDefineFlags`). */
export const NwfilterDefineFlags = { Validate: 1 } as const;

/** Flags of virNWFilterBindingCreateXML (`virNWFilterBindingCreateFlags`). */
export const NwfilterBindingCreateFlags = { Validate: 1 } as const;
