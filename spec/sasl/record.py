#!/usr/bin/python3
"""Records exchanges between both halves of Cyrus SASL into exchanges.json beside this file.

Needs Debian's libsasl2-2, libsasl2-modules and sasl2-bin. Run it to renew the data: python3 record.py > exchanges.json
"""
import ctypes as c, json, os, subprocess, sys, tempfile

sasl = c.CDLL('libsasl2.so.2')
OK, CONTINUE, FAIL = 0, 1, -1
CB_LIST_END, CB_GETOPT, CB_LOG, CB_USER, CB_AUTHNAME, CB_PASS, CB_GETREALM = 0, 1, 2, 0x4001, 0x4002, 0x4004, 0x4008
SEC_PROPS, SSF_EXTERNAL, SSF, AUTH_EXTERNAL = 101, 100, 1, 102


class Callback(c.Structure):
    _fields_ = [('id', c.c_ulong), ('proc', c.c_void_p), ('context', c.c_void_p)]


class Secret(c.Structure):
    _fields_ = [('len', c.c_ulong), ('data', c.c_char * 128)]


class SecurityProperties(c.Structure):
    _fields_ = [('min_ssf', c.c_uint), ('max_ssf', c.c_uint), ('maxbufsize', c.c_uint), ('flags', c.c_uint),
                ('names', c.c_void_p), ('values', c.c_void_p)]


GETOPT = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_char_p, c.c_char_p, c.POINTER(c.c_char_p), c.POINTER(c.c_uint))
SIMPLE = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int, c.POINTER(c.c_char_p), c.POINTER(c.c_uint))
PASS = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_int, c.POINTER(c.POINTER(Secret)))
LOG = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int, c.c_char_p)

settings, user, secret, keep = {}, b'', Secret(), []


@GETOPT
def getopt(_context, _plugin, option, result, length):
    value = settings.get(option)
    if value is None:
        return FAIL
    result[0] = value
    if length:
        length[0] = len(value)
    return OK


@SIMPLE
def simple(_context, _id, result, length):
    result[0] = user
    if length:
        length[0] = len(user)
    return OK


@PASS
def password(_conn, _context, _id, result):
    result[0] = c.pointer(secret)
    return OK


@LOG
def log(_context, level, message):
    if level <= 3:
        print(message.decode(), file=sys.stderr)
    return OK


def callbacks(*rows):
    table = (Callback * (len(rows) + 1))(*[Callback(i, c.cast(p, c.c_void_p), None) for i, p in rows])
    keep.append(table)
    return table


sasl.sasl_errdetail.restype = c.c_char_p
client_callbacks = callbacks((CB_USER, simple), (CB_AUTHNAME, simple), (CB_PASS, password), (CB_GETOPT, getopt))
server_callbacks = callbacks((CB_GETOPT, getopt), (CB_LOG, log))


def check(code, connection):
    if code not in (OK, CONTINUE):
        raise SystemExit(f'{code}: {sasl.sasl_errdetail(connection)}')
    return code


def exchange(name, mechanism, who, word, host='server.example', min_ssf=0, max_ssf=0, plain=()):
    """Runs one exchange, then sends texts through the layer both ways."""
    global user
    user = who.encode()
    secret.len, secret.data = len(word.encode()), word.encode()
    client, server = c.c_void_p(), c.c_void_p()
    check(sasl.sasl_client_new(b'libvirt', host.encode(), None, None, None, 0, c.byref(client)), None)
    check(sasl.sasl_server_new(b'libvirt', host.encode(), None, None, None, None, 4, c.byref(server)), None)
    properties = SecurityProperties(min_ssf, max_ssf, 65536, 0, None, None)
    for connection in (client, server):
        check(sasl.sasl_setprop(connection, SEC_PROPS, c.byref(properties)), connection)
    if mechanism == 'EXTERNAL':
        for connection in (client, server):
            check(sasl.sasl_setprop(connection, AUTH_EXTERNAL, user), connection)
            check(sasl.sasl_setprop(connection, SSF_EXTERNAL, c.byref(c.c_uint(1))), connection)
    messages = []
    out, size, chosen = c.POINTER(c.c_char)(), c.c_uint(), c.c_char_p()

    def taken(side):
        data = c.string_at(out, size.value) if out else None
        messages.append({'from': side, 'base64': None if data is None else base64(data)})
        return data

    state = check(sasl.sasl_client_start(client, mechanism.encode(), None, c.byref(out), c.byref(size),
                                         c.byref(chosen)), client)
    data = taken('client')
    first = True
    while True:
        out, size = c.POINTER(c.c_char)(), c.c_uint()
        if first:
            served = check(sasl.sasl_server_start(server, mechanism.encode(), data, len(data or b''), c.byref(out),
                                                  c.byref(size)), server)
        else:
            served = check(sasl.sasl_server_step(server, data, len(data or b''), c.byref(out), c.byref(size)), server)
        first = False
        data = taken('server')
        if served == OK:
            messages[-1]['complete'] = True
        if state == CONTINUE:
            out, size = c.POINTER(c.c_char)(), c.c_uint()
            state = check(sasl.sasl_client_step(client, data, len(data or b''), None, c.byref(out), c.byref(size)),
                          client)
            if served == OK:
                break
            data = taken('client')
        if served == OK:
            break
    assert state == OK, state
    frames = []
    for side, text in plain:
        out, size = c.POINTER(c.c_char)(), c.c_uint()
        sender = client if side == 'client' else server
        check(sasl.sasl_encode(sender, text.encode(), len(text.encode()), c.byref(out), c.byref(size)), sender)
        frames.append({'from': side, 'text': text, 'base64': base64(c.string_at(out, size.value))})
    strength = c.POINTER(c.c_uint)()
    check(sasl.sasl_getprop(server, SSF, c.byref(strength)), server)
    row = {'name': name, 'mechanism': mechanism, 'user': who, 'password': word, 'host': host, 'realm': host,
           'minSsf': min_ssf, 'maxSsf': max_ssf, 'ssf': strength[0], 'messages': messages}
    if frames:
        row['frames'] = frames
    return row


def base64(data):
    import base64 as coder
    return coder.b64encode(data).decode()


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/passwd.db'
        users = [('alice', 'wonderland'), ('bob', 'a "quoted\\" word'), ('zoë', 'größe'), ('eve,=x', 'secret'), ('dora-integrity', 'sesame'),
                 ('dora-encryption', 'sesame')]
        for who, word in users:
            subprocess.run(['saslpasswd2', '-p', '-c', '-u', 'server.example', '-f', path, who], input=word.encode(),
                           check=True)
        settings.update({b'sasldb_path': path.encode(), b'pwcheck_method': b'auxprop', b'auxprop_plugin': b'sasldb'})
        assert sasl.sasl_client_init(client_callbacks) == OK
        assert sasl.sasl_server_init(server_callbacks, b'virtwire-none') == OK
        rows = []
        for mechanism in ('SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-512'):
            rows.append(exchange(f'{mechanism}', mechanism, 'alice', 'wonderland'))
        rows.append(exchange('SCRAM-SHA-256, name with comma and equals sign', 'SCRAM-SHA-256', 'eve,=x', 'secret'))
        rows.append(exchange('SCRAM-SHA-256, letters beyond ASCII', 'SCRAM-SHA-256', 'zoë', 'größe'))
        rows.append(exchange('PLAIN', 'PLAIN', 'alice', 'wonderland'))
        rows.append(exchange('ANONYMOUS', 'ANONYMOUS', 'guest@example.org', ''))
        rows.append(exchange('EXTERNAL', 'EXTERNAL', 'alice', ''))
        rows.append(exchange('DIGEST-MD5, no layer', 'DIGEST-MD5', 'alice', 'wonderland'))
        rows.append(exchange('DIGEST-MD5, quoted password', 'DIGEST-MD5', 'bob', 'a "quoted\\" word'))
        rows.append(exchange('DIGEST-MD5, letters of ISO 8859-1', 'DIGEST-MD5', 'zoë', 'größe'))
        lines = [('client', 'first'), ('server', 'answer'), ('client', 'x' * 300), ('server', 'bye')]
        # Its other ciphers cannot be had any more: OpenSSL 3 refuses them.
        for name, least, most in (('integrity', 1, 1), ('encryption', 56, 256)):
            rows.append(exchange(f'DIGEST-MD5, {name}', 'DIGEST-MD5', f'dora-{name}', 'sesame', min_ssf=least, max_ssf=most,
                                 plain=lines))
        rows.append(exchange('DIGEST-MD5, client that remembers the last time', 'DIGEST-MD5', 'dora-encryption', 'sesame',
                             min_ssf=56, max_ssf=256, plain=lines))
        about = ('Exchanges between both halves of Cyrus SASL 2.1.28 (Debian 12), recorded by record.py. `base64` null = '
                 'no data; frames went through the agreed layer afterwards, with their length word.')
        json.dump({'about': about, 'exchanges': rows}, sys.stdout, indent=1, ensure_ascii=False)
        print()


main()
