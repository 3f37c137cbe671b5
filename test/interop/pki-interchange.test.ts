// Certificates go both ways between virtwire-pki and the tools of GnuTLS, OpenSSL and libvirt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requires } from '../launcher/index.ts';
import { HOST, pkiHost } from './pki-host.ts';

const needs = { skip: requires({ libvirt: '9.0', isolation: true }) };

test('GnuTLS and OpenSSL verify what every kind of key has signed, and see what was revoked', needs, async () => {
  await using host = await pkiHost();

  for (const key of ['p256', 'p384', 'rsa3072']) {
    const { stdout, stderr, code } = await host.paste(`
export VIRTWIRE_PKI_DIR=$PWD/${key}
virtwire-pki ca create 'Authority of ${key}' --key ${key} > log
virtwire-pki server issue host.example.com 192.0.2.1 2001:db8::1 --key ${key} >> log
virtwire-pki client issue Zoë --organization 'A, B' --email zoe@example.com --dc example >> log
cd ${key}
ca=ca/cacert.pem server=server/host.example.com/servercert.pem client="$(echo client/*)/clientcert.pem"
certtool --verify --load-ca-certificate $ca --verify-hostname host.example.com --infile $server > ../log
certtool --verify --load-ca-certificate $ca --infile "$client" > ../log
openssl verify -x509_strict -purpose sslserver -verify_ip 2001:db8::1 -CAfile $ca $server
openssl verify -x509_strict -purpose sslclient -CAfile $ca "$client"
virt-pki-query-dn "$client"
cd ..
virtwire-pki revoke host.example.com --reason keyCompromise > log
cd ${key}
certtool --verify --load-ca-certificate $ca --load-crl ca/cacrl.pem --infile "$client" > ../log
certtool --verify --load-ca-certificate $ca --load-crl ca/cacrl.pem --infile $server > ../log 2>&1 && exit 9
grep -o 'certificate chain is revoked' ../log | head -1
openssl verify -crl_check -CRLfile ca/cacrl.pem -CAfile $ca $server 2>&1 | grep -o 'certificate revoked'
`);

    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.split('\n'), [
      'server/host.example.com/servercert.pem: OK',
      'client/Zo%C3%AB/clientcert.pem: OK',
      'O=A\\, B,CN=Zoë,DC=example,EMAIL=zoe@example.com',
      'certificate chain is revoked',
      'certificate revoked',
      '',
    ]);
  }
});

test(
  'an authority of certtool is taken over, and certificates of its templates have the same names',
  needs,
  async () => {
    await using host = await pkiHost();

    const { stdout, stderr, code } = await host.paste(`
certtool --generate-privkey --outfile cakey.pem 2> log
printf '%s\\n' 'cn = "GnuTLS authority"' ca cert_signing_key crl_signing_key 'expiration_days = 900' > ca.info
certtool --generate-self-signed --load-privkey cakey.pem --template ca.info --outfile cacert.pem 2> log
printf '%s\\n' 'country = GB' 'organization = "Red Hat"' 'unit = "a, b"' 'locality = London' 'cn = client1' 'uid = 7' 'dc = x' tls_www_client signing_key encryption_key > client.info
certtool --generate-privkey --outfile key.pem 2> log
certtool --generate-certificate --load-privkey key.pem --load-ca-certificate cacert.pem --load-ca-privkey cakey.pem --template client.info --outfile theirs.pem 2> log
virtwire-pki ca import cacert.pem cakey.pem > log
virtwire-pki client issue --template client.info > log
virtwire-pki server issue > log
virtwire-pki install > log
virt-pki-query-dn theirs.pem
virt-pki-query-dn /etc/pki/libvirt/clientcert.pem
virtwire-pki dn theirs.pem
virtwire-pki check | tail -1
cp theirs.pem /etc/pki/libvirt/clientcert.pem; cat key.pem > /etc/pki/libvirt/private/clientkey.pem
virtwire-pki check | tail -1
`);

    assert.equal(code, 0, stderr);
    const name = 'C=GB,L=London,O=Red Hat,OU=a\\, b,CN=client1,UID=7,DC=x';
    assert.deepEqual(stdout.split('\n'), [name, name, name, 'nothing is wrong', 'nothing is wrong', '']);
  },
);

test('an authority of openssl with a passphrase is taken over, and requests are signed', needs, async () => {
  await using host = await pkiHost();

  const { stdout, stderr, code } = await host.paste(`
echo secret > pass; echo wrong > other
openssl req -x509 -newkey rsa:2048 -passout file:pass -keyout cakey.pem -out cacert.pem -days 900 -subj '/CN=OpenSSL authority' 2> log
virtwire-pki ca import cacert.pem cakey.pem --passphrase-file pass > log
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key -out client.csr -subj '/O=Acme/CN=alice' \\
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign -addext extendedKeyUsage=clientAuth 2> log
certtool --generate-privkey --outfile server.key 2> log
printf '%s\\n' 'cn = "${HOST}"' 'dns_name = "${HOST}"' 'ip_address = 127.0.0.1' > server.info
certtool --generate-request --load-privkey server.key --template server.info --outfile server.csr 2> log
virtwire-pki sign client.csr --passphrase-file pass > log 2>&1
virtwire-pki sign server.csr --server --passphrase-file pass > log 2>&1
virtwire-pki show authority/client/alice/clientcert.pem | grep '^authority\\|^usage\\|^purposes\\|^name'
virtwire-pki show authority/server/${HOST}/servercert.pem | grep '^hosts'
openssl verify -purpose sslclient -CAfile cacert.pem authority/client/alice/clientcert.pem
virtwire-pki install --client alice 2>&1 || true
virtwire-pki client issue bob --passphrase-file other 2>&1 || true
virtwire-pki client issue bob 2>&1 || true
sed 's/^MII/MIJ/' client.csr > bad.csr; virtwire-pki sign bad.csr --client --passphrase-file pass 2>&1 || true
`);

  assert.equal(code, 0, stderr);
  assert.deepEqual(stdout.split('\n'), [
    'name:       O=Acme,CN=alice',
    'authority:  no',
    'usage:      digitalSignature, keyEncipherment (critical)',
    'purposes:   TLS client',
    `hosts:      ${HOST}, 127.0.0.1`,
    'authority/client/alice/clientcert.pem: OK',
    "virtwire-pki: the key of 'alice' is not here, but with whoever made the request: install it there",
    `virtwire-pki: the passphrase of the key ${host.authority}/ca/cakey.pem is wrong`,
    'virtwire-pki: a passphrase is needed, and there is no terminal: use --passphrase-file FILE',
    'virtwire-pki: the certificate request bad.csr is malformed',
    '',
  ]);
});

test('dn says what virt-pki-query-dn says, of good files and of bad ones', needs, async () => {
  await using host = await pkiHost();
  await host.paste(`
virtwire-pki ca create; virtwire-pki client issue Zoë --country GB
cp authority/client/*/clientcert.pem good.pem
printf 'text before\\n' | cat - good.pem > text.pem
cat good.pem authority/ca/cacert.pem > two.pem
echo nonsense > nonsense.pem; : > empty.pem
printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' > wrong.pem
printf -- '-----BEGIN CERTIFICATE-----\\n!!!!\\n-----END CERTIFICATE-----\\n' > base64.pem
head -c 300 good.pem > half.pem
openssl x509 -in good.pem -outform DER -out der.pem
head -c 9999 /dev/urandom > random.pem
mkdir folder.pem; ln -s /nowhere link.pem; cp authority/ca/cakey.pem key.pem`);

  const { stdout } = await host.paste(`
for file in *.pem nothing; do
  for locale in C C.UTF-8; do
    LC_ALL=$locale virt-pki-query-dn $file > theirs 2>&1 && code=0 || code=$?; echo $code >> theirs
    LC_ALL=$locale virtwire-pki dn $file > ours 2>&1 && code=0 || code=$?; echo $code >> ours
    cmp -s theirs ours && echo same || { echo "$file:"; cat theirs ours; }
  done
done | sort | uniq -c`);

  assert.match(stdout, /^ +28 same\n$/);
});

test('a full disk leaves nothing half, and says so', needs, async () => {
  await using host = await pkiHost();

  const { stdout } = await host.paste(`
mkdir small; mount -t tmpfs -o size=32k tmpfs small
virtwire-pki ca create --dir small/a > log
head -c 30000 /dev/zero > small/fill 2> log || true
find small | sort > before
virtwire-pki client issue alice --dir small/a 2>&1 > log | sed 's/[0-9a-f]\\{32\\}/SERIAL/'
find small -name '*.new-*' -o -name '.virtwire*' -o -name '*.pem' -size 0
rm small/fill
virtwire-pki client issue alice --dir small/a > log
virtwire-pki list --dir small/a | grep -c alice
umount small`);

  assert.match(stdout, /^virtwire-pki: cannot [^\n]*: No space left on device\n1\n$/);
});
