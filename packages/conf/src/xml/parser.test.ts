// Tests of reading XML: what the scanner takes, what libxml2 says, and that both agree.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc/error';
import * as fc from 'fast-check';
import { XmlElement } from './element.ts';
import { parseWithLibxml } from './libxml.ts';
import { parseXml } from './parser.ts';
import { scanXml } from './scanner.ts';
import { dumpElement, escapeXml, formatElement } from './writer.ts';

const origin = { source: '(test)', errorDomain: 20 };
const golden = new URL('../../../../golden/conf/', import.meta.url);

interface Malformed {
  readonly documents: readonly { readonly xml: string; readonly message: string }[];
}

test('gives the errors of libvirt 9.0.0 for malformed documents', async () => {
  const { documents } = JSON.parse(readFileSync(new URL('xml/malformed.json', golden), 'utf8')) as Malformed;

  for (const { xml, message } of documents) {
    const answer = async (): Promise<XmlElement> => parseXml(xml, { source: '(domain_definition)', root: 'domain' });
    await assert.rejects(answer, { code: 35, domain: 20, message });
  }
});

test('takes a plain document at once and asks libxml2 only for the rest', async () => {
  const plain = parseXml("<?xml version='1.0'?>\n<!-- c --><a b='1'>x &amp; &#x41;<![CDATA[<]]></a>");
  const other = parseXml('<!DOCTYPE a [<!ENTITY e "text">]><a>&e;</a>');

  assert.ok(plain instanceof XmlElement);
  assert.equal(plain.text, 'x & A<');
  assert.ok(other instanceof Promise);
  assert.equal((await other).text, 'text');
});

test('refuses another root element', () => {
  assert.throws(() => parseXml('<b/>', { root: 'domain' }), {
    code: 27,
    message: "XML error: expecting root element of 'domain', not 'b'",
  });
});

test('never loads an external entity', async () => {
  const root = await parseXml('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>&x;</b></a>');

  assert.equal(root.child('b')?.text, '');
});

test('refuses entity bombs', async () => {
  const levels = Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('');
  const bomb = `<!DOCTYPE a [<!ENTITY e0 "lol">${levels}]><a>&e9;</a>`;

  await assert.rejects(async () => parseXml(bomb), { code: 35, message: /Detected an entity reference loop/ });
});

test('accepts 257 levels and refuses more', async () => {
  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);

  assert.ok(parseXml(nested(257)) instanceof XmlElement);
  await assert.rejects(async () => parseXml(nested(258)), {
    code: 35,
    message: /Excessive depth in document: 256 use/,
  });
});

test('resolves namespaces, the default one too', () => {
  const root = parseXml("<a xmlns:x='u'><x:b/><c xmlns='v'><d/></c><y:e/></a>") as XmlElement;

  assert.equal(root.children()[0]?.namespace, 'u');
  assert.equal(root.child('c')?.child('d')?.namespace, 'v');
  assert.equal(root.children()[2]?.namespace, null);
});

// Documents as trees of what the scanner knows, written with some freedom of form.
const name = fc.constantFrom('a', 'b-1', 'x:y', 'Long.name', '_u');
const attribute = fc.tuple(
  fc.constantFrom('a', 'b', 'xmlns:x', 'x:k', 'c_1'),
  fc.constantFrom('', 'v', 'a &amp; b', '&#9;', ' x\ty\n', 'é', '&lt;"', '>'),
);
const text = fc.constantFrom('', ' ', '\n  ', 'text', ' é ', '&gt;&#xA;', 'a\tb', ']] >', '\u{1f600}');
const mark = fc.constantFrom('<!-- c -->', '<![CDATA[ x ]]>', '<?pi some?>', '<?p?>');
const documentText = fc.letrec<{ node: string; content: string }>((tie) => ({
  node: fc
    .tuple(name, fc.uniqueArray(attribute, { maxLength: 3, selector: ([key]) => key }), tie('content'), fc.boolean())
    .map(([tag, attributes, content, short]) => {
      const head = `<${tag}${attributes.map(([key, value]) => ` ${key}='${value}'`).join('')}`;
      return content === '' && short ? `${head}/>` : `${head}>${content}</${tag}>`;
    }),
  content: fc
    .array(fc.oneof({ depthSize: 'small', withCrossShrink: true }, text, mark, tie('node')), { maxLength: 4 })
    .map((parts) => parts.join('')),
})).node;

test('the scanner builds the tree that libxml2 builds', async () => {
  await fc.assert(
    fc.asyncProperty(documentText, async (document) => {
      const scanned = scanXml(document);
      assert.ok(scanned !== null, document);
      let parsed: XmlElement;
      try {
        parsed = await parseWithLibxml(document, origin);
      } catch (error) {
        // Faults of namespaces are errors for libxml2-wasm, but none for libvirt.
        assert.match(String(error), /[Nn]amespace|valid URI|not absolute/);
        return;
      }
      assert.deepEqual(comparable(scanned), comparable(parsed));
    }),
    { numRuns: 400 },
  );
});

// libxml2 keeps namespace declarations apart from attributes, so their order among each other is not comparable.
function comparable(tree: XmlElement): unknown {
  const pairs: string[] = [];
  for (let i = 0; i < tree.attributes.length; i += 2) pairs.push(`${tree.attributes[i]}=${tree.attributes[i + 1]}`);
  const nodes = tree.nodes.map((node) => (node instanceof XmlElement ? comparable(node) : node));
  return { name: tree.name, namespace: tree.namespace, attributes: pairs.sort(), nodes };
}

test('the scanner accepts only what libxml2 accepts', async () => {
  const mutated = fc
    .tuple(
      documentText,
      fc.nat(),
      fc.constantFrom('', '<', '>', '&', "'", '=', ']]>', '--', '/', '\u0001', ' ', 'é', '<!'),
      fc.nat(2),
    )
    .map(([document, at, piece, cut]) => {
      const place = at % (document.length + 1);
      return document.slice(0, place) + piece + document.slice(place + cut);
    });

  await fc.assert(
    fc.asyncProperty(mutated, async (document) => {
      if (scanXml(document) === null) return;
      try {
        await parseWithLibxml(document, origin);
      } catch (error) {
        assert.match(String(error), /[Nn]amespace|valid URI|not absolute/, document);
      }
    }),
    { numRuns: 600 },
  );
});

test('random text may only produce a LibvirtError', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), async (document) => {
      try {
        await parseXml(document);
      } catch (error) {
        assert.ok(error instanceof LibvirtError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test('escapes as libvirt does and drops control characters', () => {
  assert.equal(escapeXml(`<a b='c' "d">&\u0001\t`), '&lt;a b=&apos;c&apos; &quot;d&quot;&gt;&amp;\t');
});

test('prints elements on lines of their own and empty ones closed at once', () => {
  const tree = parseXml('<a x="1"><b>t</b><c/></a>') as XmlElement;

  assert.equal(formatElement(tree, 2), "  <a x='1'>\n    <b>t</b>\n    <c/>\n  </a>\n");
});

test('what is printed reads back as the same tree', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (value, content) => {
      const clean = (text: string): string => text.replace(/[^\t\n\x20-\uD7FF]/g, '');
      const tree = new XmlElement(
        'a',
        ['k', clean(value).replace(/\s/g, ' ')],
        [new XmlElement('b', [], [`x${clean(content)}`])],
      );
      assert.deepEqual(scanXml(formatElement(tree)), tree);
    }),
  );
});

test('dumps handed-through subtrees as libxml2 does', () => {
  const tree = parseXml(`<a:f xmlns:a='u' k="x'y"> <a:b>t</a:b><!-- c --><m>mixed <b/></m></a:f>`) as XmlElement;

  assert.equal(
    dumpElement(tree, 4),
    `<a:f xmlns:a="u" k="x'y">\n      <a:b>t</a:b>\n      <!-- c -->\n      <m>mixed <b/></m>\n    </a:f>`,
  );
});
