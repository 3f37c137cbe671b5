import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromOpensslSpelling } from './openssl-name.ts';

const long = String.raw`C=GB,ST=Some State,L=Town,O=Acme\, Inc.,OU=A,UID=u1,EMAIL=a@b.c,DC=example,serialNumber=12,givenName=Ann,surName=Lee,title=Dr`;

test('what openssl prints of a certificate becomes what virt-pki-query-dn prints of it', () => {
  // openssl x509 -noout -subject of 3.0, with -nameopt compat, and of 3.2.
  for (const subject of [
    'subject=C = GB, ST = Some State, L = Town, O = "Acme, Inc.", OU = A, UID = u1, emailAddress = a@b.c, DC = example, serialNumber = 12, GN = Ann, SN = Lee, title = Dr',
    'subject=/C=GB/ST=Some State/L=Town/O=Acme, Inc./OU=A/UID=u1/emailAddress=a@b.c/DC=example/serialNumber=12/GN=Ann/SN=Lee/title=Dr',
    'C=GB, ST=Some State, L=Town, O="Acme, Inc.", OU=A, UID=u1, emailAddress=a@b.c, DC=example, serialNumber=12, GN=Ann, SN=Lee, title=Dr',
  ]) {
    assert.equal(fromOpensslSpelling(subject), long);
  }
});

test('patterns keep what they leave open; slashes, quotes and several values of one place are read', () => {
  const cases: Readonly<Record<string, string>> = {
    'C = GB, O = Acme, CN = *': 'C=GB,O=Acme,CN=*',
    'CN = client?': 'CN=client?',
    '/C=GB/O=a/b/CN=x*': 'C=GB,O=a/b,CN=x*',
    'subject=CN=x': 'CN=x',
    'O = "say \\"hi\\"", CN = x': String.raw`O=say \"hi\",CN=x`,
    'OU = a + CN = b, O = c': 'OU=a+CN=b,O=c',
    '1.2.3.4 = x, CN = y': '1.2.3.4=x,CN=y',
  };
  for (const [pattern, name] of Object.entries(cases)) assert.equal(fromOpensslSpelling(pattern), name, pattern);
});

test('bytes that openssl prints in hexadecimal, and signs that it marks, are what they stand for', () => {
  // As openssl 3.0 prints the certificate of which virt-pki-query-dn prints this.
  const name = String.raw`O=Café\, Inc,OU=a\\b,CN=é\"x`;
  assert.equal(fromOpensslSpelling(String.raw`subject=O = "Caf\C3\A9, Inc", OU = a\\b, CN = \C3\A9\"x`), name);
  assert.equal(fromOpensslSpelling(String.raw`subject=/O=Caf\xC3\xA9, Inc/OU=a\b/CN=\xC3\xA9"x`), name);
  // It must not become a name that somebody else can have.
  assert.equal(fromOpensslSpelling(String.raw`O = "Caf\E9, Inc", CN = x`), String.raw`O=Caf\\E9\, Inc,CN=x`);
});

test('the spelling of GnuTLS is left alone, and so is what is no name', () => {
  for (const name of [
    'C=GB,O=Acme,CN=client1',
    long,
    '*',
    '*CN=admin*',
    'CN=a, b',
    'O=Acme\\, CN = x',
    '',
    '/',
    '/x',
    'x = ',
  ]) {
    assert.equal(fromOpensslSpelling(name), null, name);
  }
});

test('any text is read or left alone, soon', () => {
  const parts = fc.constantFrom('C', 'CN', '=', ' = ', ', ', ' + ', '/', '"', '\\', 'x', '*', 'subject=');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(parts, { maxLength: 60 }).map((all) => all.join('')),
      ),
      (text) => {
        const name = fromOpensslSpelling(text);
        assert.ok(name === null || typeof name === 'string');
      },
    ),
  );
  const started = performance.now();
  fromOpensslSpelling('CN = x, '.repeat(5000));
  fromOpensslSpelling(`CN = ${'a, '.repeat(5000)}`);
  assert.ok(performance.now() - started < 2000);
});
