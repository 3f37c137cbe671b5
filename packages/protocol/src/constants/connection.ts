// Constants of connections as such: typed parameters, why they end, versions and sizes.

/** Why a connection ended (`virConnectCloseReason`). */
export const ConnectCloseReason = { Error: 0, Eof: 1, Keepalive: 2, Client: 3 } as const;

/** Types of typed parameters (`virTypedParameterType`). */
export const TypedParameterType = { Int: 1, Uint: 2, Llong: 3, Ullong: 4, Double: 5, Boolean: 6, String: 7 } as const;

/** Flag of any call that returns typed parameters: the caller understands strings in them (`virTypedParameterFlags`). */
export const TypedParameterFlags = { StringOkay: 4 } as const;

/** The libvirt release that this project measures itself against and reports: major * 1,000,000 + minor * 1,000 + release (`LIBVIR_VERSION_NUMBER`). */
export const LIBVIRT_VERSION_NUMBER = 9_000_000;

/** The same release as text. */
export const LIBVIRT_VERSION = '9.0.0';

/** Bytes of the name of a typed parameter with its final NUL (`VIR_TYPED_PARAM_FIELD_LENGTH`). */
export const TYPED_PARAM_FIELD_LENGTH = 80;

/** Bytes of a UUID (`VIR_UUID_BUFLEN`). */
export const UUID_BUFLEN = 16;

/** Bytes of the text of a UUID with its final NUL (`VIR_UUID_STRING_BUFLEN`). */
export const UUID_STRING_BUFLEN = 37;
