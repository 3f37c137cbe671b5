import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, ErrorDomain, ErrorLevel } from './error-codes.ts';
import { fromWireError, toWireError, wireError } from './error-wire.ts';
import { LibvirtError, toLibvirtError } from './error.ts';
import { Reader, Writer } from './xdr.ts';

function overTheWire(error: LibvirtError): LibvirtError {
  const writer = new Writer();
  wireError.encode(writer, toWireError(error));
  return fromWireError(wireError.decode(new Reader(writer.written())));
}

test('all eleven fields travel as libvirtd fills them', () => {
  const error = new LibvirtError(ErrorCode.NoDomain, "no domain with matching name 'x'", { domain: ErrorDomain.Test });

  assert.deepEqual(toWireError(error), {
    code: 42,
    domain: 12,
    message: "Domain not found: no domain with matching name 'x'",
    level: 2,
    dom: null,
    str1: 'Domain not found: %s',
    str2: "no domain with matching name 'x'",
    str3: null,
    int1: -1,
    int2: -1,
    net: null,
  });
});

test('an error comes back as it went, but for being remote', () => {
  const error = new LibvirtError(ErrorCode.InternalError, 'broken', {
    domain: ErrorDomain.Rpc,
    level: ErrorLevel.Warning,
    str3: 'three',
    int1: 1,
    int2: -2,
  });

  const back = overTheWire(error);

  assert.deepEqual(toWireError(back), toWireError(error));
  assert.equal(error.remote, false);
  assert.equal(back.remote, true);
});

test('a detail with the signs of String.replace stays as it is', () => {
  assert.equal(new LibvirtError(ErrorCode.InternalError, "$& $1 $'").message, "internal error: $& $1 $'");
});

test('an error of a newer peer keeps a number and a text that are not known here', () => {
  const back = overTheWire(new LibvirtError(4711, null, { message: 'something new' }));

  assert.equal(back.code, 4711);
  assert.equal(back.message, 'something new');
});

test('an error without a message gets the text of its number', () => {
  const wire = toWireError(new LibvirtError(ErrorCode.NoDomain, null));

  assert.equal(fromWireError({ ...wire, message: null }).message, 'Domain not found');
});

test('the stack and the cause stay at home', () => {
  const error = toLibvirtError(new Error('inner', { cause: 'secret' }));

  assert.equal(JSON.stringify(toWireError(error)).includes('secret'), false);
  assert.equal(error.code, ErrorCode.InternalError);
  assert.equal(overTheWire(error).cause, undefined);
});
