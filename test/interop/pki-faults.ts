// Faults that `virtwire-pki check` claims to find: how each is planted on a machine where all was well.

/** One fault. */
export interface PlantedFault {
  readonly name: string;
  /** Ids that must be among what is found. */
  readonly ids: readonly string[];
  /** Lines of a shell; $BAD holds certificates that are wrong in one way each, $CONF is the daemon's configuration. */
  readonly plant: string;
  /** Options of `check` besides `--json`. */
  readonly options?: readonly string[];
}

/** Where the daemon reads its configuration on the machine. */
export const CONF = '/etc/libvirt/libvirtd.conf';

/** Makes $BAD: certificates for the keys that are in place, signed by the authority with certtool. */
export const MAKE_BAD = `
mkdir -p $BAD
cd $BAD
sign() { # name role lines...
  name=$1 role=$2; shift 2
  printf '%s\\n' "$@" > $name.info
  certtool --generate-certificate --load-privkey /etc/pki/libvirt/private/\${role}key.pem --load-ca-certificate $VIRTWIRE_PKI_DIR/ca/cacert.pem \\
    --load-ca-privkey $VIRTWIRE_PKI_DIR/ca/cakey.pem --template $name.info --outfile $name.pem 2> certtool.log || { cat certtool.log >&2; exit 1; }
}
selfsign() { # name key lines...
  name=$1 key=$2; shift 2
  printf '%s\\n' "$@" > $name.info
  certtool --generate-self-signed --load-privkey $key --template $name.info --outfile $name.pem 2> certtool.log || { cat certtool.log >&2; exit 1; }
}
host=$(hostname)
for role in server client; do
  if [ $role = server ]; then who="cn = $host"; san="dns_name = $host"; else who='cn = admin'; san='#'; fi
  past='activation_date = 2020-01-01 00:00:00'; usage='signing_key
encryption_key'
  sign $role-expired $role "$who" "$san" "$past" 'expiration_date = 2021-01-01 00:00:00' "$usage" tls_www_$role
  sign $role-not-yet $role "$who" "$san" 'activation_date = 2090-01-01 00:00:00' 'expiration_date = 2091-01-01 00:00:00' "$usage" tls_www_$role
  sign $role-soon $role "$who" "$san" 'expiration_days = 3' "$usage" tls_www_$role
  sign $role-is-ca $role "$who" "$san" 'expiration_days = 90' ca cert_signing_key "$usage" tls_www_$role
  sign $role-signature $role "$who" "$san" 'expiration_days = 90' encryption_key tls_www_$role
  sign $role-encipherment $role "$who" "$san" 'expiration_days = 90' signing_key tls_www_$role
  other=client; [ $role = client ] && other=server
  sign $role-purpose $role "$who" "$san" 'expiration_days = 90' "$usage" tls_www_$other
done
sign server-name server 'cn = elsewhere' 'dns_name = elsewhere.example.com' 'expiration_days = 90' "$usage" tls_www_server
sign server-cn-only server "cn = $host" 'expiration_days = 90' "$usage" tls_www_server
certtool --generate-privkey --key-type rsa --bits 2048 --outfile other.key 2> certtool.log
certtool --generate-privkey --key-type rsa --bits 1024 --outfile weak.key 2> certtool.log
selfsign foreign-ca other.key 'cn = Somebody else' 'expiration_days = 900' ca cert_signing_key crl_signing_key
selfsign plain other.key 'cn = No authority' 'expiration_days = 900' "$usage"
selfsign ca-usage other.key 'cn = Odd authority' 'expiration_days = 900' ca crl_signing_key
ca=$VIRTWIRE_PKI_DIR/ca/cakey.pem
authority=$(openssl x509 -in $VIRTWIRE_PKI_DIR/ca/cacert.pem -noout -subject -nameopt RFC2253 | sed 's/^subject=CN=//')
selfsign ca-expired $ca "cn = $authority" "$past" 'expiration_date = 2021-01-01 00:00:00' ca cert_signing_key crl_signing_key
selfsign ca-not-yet $ca "cn = $authority" 'activation_date = 2090-01-01 00:00:00' 'expiration_date = 2091-01-01 00:00:00' ca cert_signing_key
selfsign ca-soon $ca "cn = $authority" 'expiration_days = 4' ca cert_signing_key crl_signing_key
selfsign ca-other-key other.key "cn = $authority" 'expiration_days = 900' ca cert_signing_key crl_signing_key
crl() { # name certificate key lines...
  name=$1 certificate=$2 key=$3; shift 3
  printf '%s\\n' "$@" > $name.info
  certtool --generate-crl --load-ca-certificate $certificate --load-ca-privkey $key $REVOKED --template $name.info --outfile $name.pem 2> certtool.log || { cat certtool.log >&2; exit 1; }
}
REVOKED=
crl crl-stale $VIRTWIRE_PKI_DIR/ca/cacert.pem $ca 'crl_this_update_date = 2020-01-01 00:00:00' 'crl_next_update_date = 2020-02-01 00:00:00' 'crl_number = 1'
crl crl-foreign foreign-ca.pem other.key 'crl_next_update = 30' 'crl_number = 1'
crl crl-signature ca-other-key.pem other.key 'crl_next_update = 30' 'crl_number = 1'
sign server-weak server "cn = $host" "dns_name = $host" 'expiration_days = 90' "$usage" tls_www_server
printf '%s\\n' "cn = $host" "dns_name = $host" 'expiration_days = 90' "$usage" tls_www_server > weak.info
certtool --generate-certificate --load-privkey weak.key --load-ca-certificate $VIRTWIRE_PKI_DIR/ca/cacert.pem --load-ca-privkey $ca --template weak.info --outfile server-weak.pem 2> certtool.log
openssl pkcs8 -topk8 -in /etc/pki/libvirt/private/serverkey.pem -passout pass:secret -out server-locked.key
`;

const server = '/etc/pki/libvirt/servercert.pem';
const serverKey = '/etc/pki/libvirt/private/serverkey.pem';
const client = '/etc/pki/libvirt/clientcert.pem';
const clientKey = '/etc/pki/libvirt/private/clientkey.pem';
const ca = '/etc/pki/CA/cacert.pem';
const crl = '/etc/pki/CA/cacrl.pem';

const put = (bad: string, place: string) => `cat $BAD/${bad} > ${place}`;

/** The faults. */
export const plantedFaults: readonly PlantedFault[] = [
  // Places.
  {
    name: 'the directory of the authority is missing',
    ids: ['directory-missing', 'ca-missing'],
    plant: 'rm -r /etc/pki/CA',
  },
  {
    name: 'the directory of the keys is missing',
    ids: ['directory-missing', 'server-key-missing', 'client-key-missing'],
    plant: 'rm -r /etc/pki/libvirt/private',
  },
  {
    name: 'a file stands where a directory should',
    ids: ['directory-no-directory'],
    plant: 'rm -r /etc/pki/CA; touch /etc/pki/CA',
  },
  {
    name: 'only root can read the directory of certificates',
    ids: ['directory-closed'],
    plant: 'chmod 0700 /etc/pki/libvirt',
  },
  { name: 'only root can read /etc/pki', ids: ['directory-closed'], plant: 'chmod 0750 /etc/pki' },
  {
    name: 'others may change the directory of the authority',
    ids: ['directory-writable'],
    plant: 'chmod 0777 /etc/pki/CA',
  },
  {
    name: 'the directory of keys belongs to somebody',
    ids: ['directory-owner'],
    plant: 'chown 1000 /etc/pki/libvirt/private',
  },
  {
    name: 'everybody may enter the directory of keys',
    ids: ['private-directory-open'],
    plant: 'chmod 0755 /etc/pki/libvirt/private',
  },
  // Files as such.
  { name: "the authority's certificate is missing", ids: ['ca-missing'], plant: `rm ${ca}` },
  { name: 'the server certificate is missing', ids: ['server-certificate-missing'], plant: `rm ${server}` },
  { name: 'the server key is missing', ids: ['server-key-missing'], plant: `rm ${serverKey}` },
  { name: 'the client certificate is missing', ids: ['client-certificate-missing'], plant: `rm ${client}` },
  { name: 'the client key is missing', ids: ['client-key-missing'], plant: `rm ${clientKey}` },
  {
    name: 'there is nothing of a server, which it must be',
    ids: ['server-certificate-missing', 'server-key-missing'],
    plant: `rm ${server} ${serverKey}`,
    options: ['--server', '--client'],
  },
  { name: 'the authority can be read by root alone', ids: ['file-closed'], plant: `chmod 0600 ${ca}` },
  { name: 'the server certificate can be read by root alone', ids: ['file-closed'], plant: `chmod 0600 ${server}` },
  { name: 'others may change the authority', ids: ['file-writable'], plant: `chmod 0666 ${ca}` },
  { name: 'the authority belongs to somebody', ids: ['file-owner'], plant: `chown 1000 ${ca}` },
  { name: 'the server key may be read by others', ids: ['server-key-open'], plant: `chmod 0644 ${serverKey}` },
  { name: 'the client key may be read by everybody', ids: ['client-key-open'], plant: `chmod 0644 ${clientKey}` },
  { name: 'the server key may be read by nobody', ids: ['server-key-unreadable'], plant: `chmod 0000 ${serverKey}` },
  { name: 'the server key belongs to somebody', ids: ['server-key-owner'], plant: `chown 1000 ${serverKey}` },
  {
    name: 'a directory stands where the server certificate should',
    ids: ['file-no-file'],
    plant: `rm ${server}; mkdir ${server}`,
  },
  { name: 'a link leads nowhere', ids: ['file-unreadable'], plant: `ln -sf /nowhere ${server}` },
  { name: 'a run left a new file behind', ids: ['leftover'], plant: `touch ${ca}.new-0123456789abcdef` },
  {
    name: 'a run was cut off between two files',
    ids: ['interrupted'],
    plant: `cp ${server} ${server}.new-0123456789abcdef; printf '[{"from":"${server}.new-0123456789abcdef","to":"${server}"}]' > /etc/pki/CA/.virtwire-pki.journal`,
  },
  // The authority.
  { name: "the authority's certificate is garbage", ids: ['ca-garbage'], plant: `echo nonsense > ${ca}` },
  { name: 'the authority has expired', ids: ['ca-expired'], plant: put('ca-expired.pem', ca) },
  { name: 'the authority is not yet active', ids: ['ca-not-yet'], plant: put('ca-not-yet.pem', ca) },
  { name: 'the authority ends soon', ids: ['ca-ends-soon'], plant: put('ca-soon.pem', ca) },
  { name: 'the authority is none', ids: ['ca-no-ca'], plant: put('plain.pem', ca) },
  { name: 'the authority may not sign', ids: ['ca-usage-signing'], plant: put('ca-usage.pem', ca) },
  {
    name: 'the authority has the right name and another key',
    ids: ['ca-other-key', 'server-foreign'],
    plant: put('ca-other-key.pem', ca),
  },
  {
    name: 'another authority is installed',
    ids: ['server-foreign', 'client-foreign'],
    plant: put('foreign-ca.pem', ca),
  },
  // Certificates.
  ...(['server', 'client'] as const).flatMap((role) => {
    const place = role === 'server' ? server : client;
    return [
      {
        name: `the ${role} certificate has expired`,
        ids: [`${role}-expired`],
        plant: put(`${role}-expired.pem`, place),
      },
      {
        name: `the ${role} certificate is not yet active`,
        ids: [`${role}-not-yet`],
        plant: put(`${role}-not-yet.pem`, place),
      },
      { name: `the ${role} certificate ends soon`, ids: [`${role}-ends-soon`], plant: put(`${role}-soon.pem`, place) },
      {
        name: `the ${role} certificate is that of an authority`,
        ids: [`${role}-is-ca`],
        plant: put(`${role}-is-ca.pem`, place),
      },
      {
        name: `the ${role} certificate does not permit signatures`,
        ids: [`${role}-usage-signature`],
        plant: put(`${role}-signature.pem`, place),
      },
      {
        name: `the ${role} certificate does not permit key encipherment`,
        ids: [`${role}-usage-encipherment`],
        plant: put(`${role}-encipherment.pem`, place),
      },
      {
        name: `the ${role} certificate is for another purpose`,
        ids: [`${role}-purpose`],
        plant: put(`${role}-purpose.pem`, place),
      },
      {
        name: `the ${role} certificate is garbage`,
        ids: [`${role}-certificate-garbage`],
        plant: `echo nonsense > ${place}`,
      },
      {
        name: `the ${role} certificate was issued by nobody known`,
        ids: [`${role}-foreign`],
        plant: put('plain.pem', place),
      },
    ];
  }),
  { name: 'the server certificate is for another host', ids: ['server-name'], plant: put('server-name.pem', server) },
  {
    name: 'the server certificate lacks a name that clients use',
    ids: ['server-name'],
    plant: 'true',
    options: ['--host', 'virt.example.com'],
  },
  {
    name: 'the server certificate has a common name only',
    ids: ['server-no-alternative-names'],
    plant: put('server-cn-only.pem', server),
  },
  {
    name: 'the server certificate has a weak key',
    ids: ['server-weak'],
    plant: `${put('server-weak.pem', server)}; ${put('weak.key', serverKey)}`,
  },
  // Keys.
  {
    name: 'the server key is that of another certificate',
    ids: ['server-key-mismatch'],
    plant: put('other.key', serverKey),
  },
  {
    name: 'the client key is that of another certificate',
    ids: ['client-key-mismatch'],
    plant: put('other.key', clientKey),
  },
  { name: 'the server key is garbage', ids: ['server-key-garbage'], plant: `echo nonsense > ${serverKey}` },
  { name: 'the server key is encrypted', ids: ['server-key-encrypted'], plant: put('server-locked.key', serverKey) },
  // Revocation.
  { name: 'the revocation list is stale', ids: ['crl-stale'], plant: put('crl-stale.pem', crl) },
  {
    name: 'the revocation list is that of another authority',
    ids: ['crl-foreign'],
    plant: put('crl-foreign.pem', crl),
  },
  {
    name: 'the revocation list is not signed by the authority',
    ids: ['crl-signature'],
    plant: put('crl-signature.pem', crl),
  },
  { name: 'the revocation list is garbage', ids: ['crl-garbage'], plant: `echo nonsense > ${crl}` },
  {
    name: 'the client is revoked',
    ids: ['client-revoked'],
    plant: 'virtwire-pki revoke admin; virtwire-pki install --crl --force',
  },
  {
    name: 'the server is revoked',
    ids: ['server-revoked'],
    plant: 'virtwire-pki revoke $(hostname); virtwire-pki install --crl --force',
  },
  // The daemon's configuration.
  { name: 'the configuration has wrong syntax', ids: ['conf-broken'], plant: "echo 'listen_tls 1' > $CONF" },
  { name: 'a setting has a wrong value', ids: ['conf-value'], plant: 'echo \'listen_tls = "yes"\' > $CONF' },
  {
    name: 'only one of three files is set',
    ids: ['conf-incomplete'],
    plant: `echo 'key_file = "${serverKey}"' > $CONF`,
  },
  {
    name: 'the configuration names files that are not there',
    ids: ['conf-file-missing'],
    plant: `printf '%s\\n' 'key_file = "/nope/k"' 'cert_file = "${server}"' 'ca_file = "${ca}"' > $CONF`,
  },
  {
    name: 'the revocation list of the configuration counts for nothing',
    ids: ['conf-crl-ignored'],
    plant: `virtwire-pki crl; virtwire-pki install --crl; echo 'crl_file = "${crl}"' > $CONF`,
  },
  {
    name: 'the revocation list of the configuration is missing',
    ids: ['conf-crl-missing'],
    plant: `printf '%s\\n' 'key_file = "${serverKey}"' 'cert_file = "${server}"' 'ca_file = "${ca}"' 'crl_file = "${crl}"' > $CONF`,
  },
  {
    name: 'the daemon does not listen for tls',
    ids: ['conf-listen'],
    plant: "printf '%s\\n' '# first' 'listen_tls = 0' > $CONF",
  },
  {
    name: 'the daemon lets in anybody',
    ids: ['conf-no-verify'],
    plant: "echo 'tls_no_verify_certificate = 1' > $CONF",
  },
  {
    name: 'the daemon does not check itself',
    ids: ['conf-no-sanity'],
    plant: "echo 'tls_no_sanity_certificate = 1' > $CONF",
  },
  { name: 'the list of names is empty', ids: ['dn-list-empty'], plant: "echo 'tls_allowed_dn_list = []' > $CONF" },
  {
    name: 'the list of names lacks this client',
    ids: ['dn-not-listed'],
    plant:
      "printf '%s\\n' 'tls_allowed_dn_list = [' '  \"*CN=somebody*\",' '  \"*CN=else*\"' ']' 'max_clients = 20' > $CONF",
  },
  {
    name: "the list of names is in openssl's spelling",
    ids: ['dn-spelling'],
    plant: `echo "tls_allowed_dn_list = [ \\"$(openssl x509 -in ${client} -noout -subject | sed 's/^subject=//')\\" ]" > $CONF`,
  },
  // Folders of clients, consoles, old ways of starting.
  {
    name: 'a folder for pkipath is not complete',
    ids: ['pkipath-incomplete'],
    plant: 'virtwire-pki bundle admin admin.pki --force; rm admin.pki/clientkey.pem',
    options: ['--pkipath', 'admin.pki'],
  },
  {
    name: 'a certificate for consoles lacks its key',
    ids: ['vnc-missing'],
    plant: 'virtwire-pki vnc issue; virtwire-pki install --vnc .; rm /etc/pki/libvirt-vnc/server-key.pem',
  },
  {
    name: 'the key for consoles cannot be read by guests',
    ids: ['vnc-key-closed'],
    plant: 'virtwire-pki vnc issue; virtwire-pki install --vnc .; chmod 0600 /etc/pki/libvirt-vnc/server-key.pem',
  },
  {
    name: 'the daemon is started without --listen',
    ids: ['not-listening'],
    plant: "mkdir -p /etc/sysconfig; echo '#' > /etc/sysconfig/libvirtd",
  },
  {
    name: 'the firewall is closed',
    ids: ['firewall'],
    plant: "printf '%s\\n' '*filter' ':INPUT ACCEPT [0:0]' '-A INPUT -j REJECT' COMMIT > /etc/sysconfig/iptables",
  },
];
