// Distinguished names in the spelling of libvirt (GnuTLS): order of the certificate, no space after commas.
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';
import { DerTag, type DerValue, derChildren, derOid, derText, hexOf } from './der.ts';

// What a value must be to print as text; whatever else it is prints as "#" and its DER form.
const directory: readonly number[] = [
  DerTag.Utf8String,
  DerTag.PrintableString,
  DerTag.T61String,
  DerTag.BmpString,
  DerTag.UniversalString,
];
const printable: readonly number[] = [DerTag.PrintableString];
const ia5: readonly number[] = [DerTag.Ia5String];
const numeric: readonly number[] = [DerTag.NumericString];
const utf8: readonly number[] = [DerTag.Utf8String];

// The names that GnuTLS 3.7.9 has for types; any other type prints as its dotted numbers with the value in hexadecimal.
const types: Readonly<Record<string, readonly [name: string, text: readonly number[]]>> = {
  '2.5.4.3': ['CN', directory],
  '2.5.4.4': ['surName', directory],
  '2.5.4.5': ['serialNumber', printable],
  '2.5.4.6': ['C', printable],
  '2.5.4.7': ['L', directory],
  '2.5.4.8': ['ST', directory],
  '2.5.4.9': ['street', directory],
  '2.5.4.10': ['O', directory],
  '2.5.4.11': ['OU', directory],
  '2.5.4.12': ['title', directory],
  '2.5.4.13': ['description', directory],
  '2.5.4.15': ['businessCategory', directory],
  '2.5.4.17': ['postalCode', directory],
  '2.5.4.20': ['telephoneNumber', printable],
  '2.5.4.41': ['name', directory],
  '2.5.4.42': ['givenName', directory],
  '2.5.4.43': ['initials', directory],
  '2.5.4.44': ['generationQualifier', directory],
  '2.5.4.46': ['dnQualifier', printable],
  '2.5.4.65': ['pseudonym', directory],
  '0.9.2342.19200300.100.1.1': ['UID', directory],
  '0.9.2342.19200300.100.1.25': ['DC', ia5],
  '1.2.840.113549.1.9.1': ['EMAIL', ia5],
  '1.3.6.1.5.5.7.8.5': ['XmppAddr', utf8],
  '1.3.6.1.5.5.7.9.2': ['placeOfBirth', directory],
  '1.3.6.1.5.5.7.9.3': ['gender', printable],
  '1.3.6.1.5.5.7.9.4': ['countryOfCitizenship', printable],
  '1.3.6.1.5.5.7.9.5': ['countryOfResidence', printable],
  '1.3.6.1.4.1.311.60.2.1.1': ['jurisdictionOfIncorporationLocalityName', directory],
  '1.3.6.1.4.1.311.60.2.1.2': ['jurisdictionOfIncorporationStateOrProvinceName', directory],
  '1.3.6.1.4.1.311.60.2.1.3': ['jurisdictionOfIncorporationCountryName', printable],
  '1.2.643.100.1': ['OGRN', numeric],
  '1.2.643.100.3': ['SNILS', numeric],
  '1.2.643.100.5': ['OGRNIP', numeric],
  '1.2.643.3.131.1.1': ['INN', numeric],
};

const COMMON_NAME = '2.5.4.3';

/**
 * Spells a name as libvirt's daemon compares it, e.g. `C=GB,O=Acme,CN=client1`.
 *
 * @param name the Name of a certificate: a sequence of sets of type and value
 * @throws LibvirtError `InvalidArg` when it is malformed, which an attribute without text is, too
 * @see virt-pki-query-dn
 */
export function formatDistinguishedName(name: DerValue | undefined): string {
  return derChildren(name)
    .map((set) => derChildren(set).map(formatAttribute).join('+'))
    .join(',');
}

/** The values of the common names in a Name, in order. @throws LibvirtError `InvalidArg` when it is malformed */
export function commonNames(name: DerValue | undefined): string[] {
  return derChildren(name).flatMap((set) =>
    derChildren(set).flatMap((attribute) => {
      const [type, value] = derChildren(attribute);
      const text = derOid(type) === COMMON_NAME && value !== undefined ? derText(value) : null;
      return text === null ? [] : [text];
    }),
  );
}

function formatAttribute(attribute: DerValue): string {
  const [type, value] = derChildren(attribute);
  const oid = derOid(type);
  if (value === undefined || value.contents.length === 0) {
    throw new LibvirtError(ErrorCode.InvalidArg, 'certificate has an empty name', { domain: ErrorDomain.Rpc });
  }
  const [name, tags] = types[oid] ?? [oid, []];
  const text = tags.includes(value.tag) ? textOf(value) : null;
  return `${name}=${text === null ? `#${hexOf(value.whole)}` : escapeValue(text)}`;
}

// GnuTLS gives up on what it cannot turn into UTF-8 in two ways: a string with a NUL prints as its whole DER form, one
// of an encoding that it does not read as the digits of its bytes, where even the "#" counts as text.
function textOf(value: DerValue): string | null {
  const { tag, contents } = value;
  const unread =
    tag === DerTag.UniversalString || (tag === DerTag.T61String && contents.some((byte) => byte >= 0x80 || byte === 0));
  if (unread) return `#${hexOf(contents)}`;
  const text = derText(value);
  if (text === null) return tag === DerTag.BmpString ? `#${hexOf(contents)}` : null;
  return text.includes('\0') ? null : text;
}

// RFC 4514, as GnuTLS does it.
function escapeValue(text: string): string {
  if (text === ' ') return '\\ ';
  let escaped = text.replace(/[,+"\\<>;]/g, '\\$&');
  if (/^[# ]/.test(escaped)) escaped = `\\${escaped}`;
  if (escaped.endsWith(' ')) escaped = `${escaped.slice(0, -1)}\\ `;
  return escaped;
}
