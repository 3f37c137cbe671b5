import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { LibvirtError } from '@virtwire/rpc';
import { parseRules } from './rules-file.ts';

const fault = (text: string): string => {
  try {
    parseRules(text, 'access.yaml');
    return 'accepted';
  } catch (error) {
    assert.ok(error instanceof LibvirtError, String(error));
    return error.message.replace('configuration file syntax error: ', '');
  }
};

test('reads rules with their places, names and words', () => {
  const rules = parseRules(
    `# who may what
rules:
  - name: look
    who: x509:*,CN=auditor
    may: view
  - who: [ "x509:C=GB,CN=a", group:ops, sasl:al*, user:0, anyone ]
    may-not: [ domain:start, stop ]
    on: [ domain web-*, volume images/*, "domain tag=a b", pool uuid=1*, connect ]
`,
    'access.yaml',
  );

  assert.deepEqual(
    rules.map(({ place, name, allows, words }) => ({ place, name, allows, words })),
    [
      {
        place: 'access.yaml:3',
        name: 'look',
        allows: true,
        words: { who: ['x509:*,CN=auditor'], may: ['view'], on: ['any'] },
      },
      {
        place: 'access.yaml:6',
        name: null,
        allows: false,
        words: {
          who: ['x509:C=GB,CN=a', 'group:ops', 'sasl:al*', 'user:0', 'anyone'],
          may: ['domain:start', 'stop'],
          on: ['domain web-*', 'volume images/*', 'domain tag=a b', 'pool uuid=1*', 'connect'],
        },
      },
    ],
  );
  assert.ok(rules[1]?.permissions.has('network:stop'));
  assert.ok(!rules[1]?.permissions.has('network:start'));
});

test('tells each fault with its line and column', () => {
  const rule = 'rules:\n  - who: anyone\n    may: view\n';
  const cases: Readonly<Record<string, RegExp>> = {
    '': /^access\.yaml: there is no list "rules"; write "rules: \[\]" to deny everything$/,
    'rules: []\n': /^accepted$/,
    '- a\n': /^access\.yaml:1:1: expected "rules:" with a list of rules$/,
    'rules: x\n': /^access\.yaml:1:8: 'rules' is a list$/,
    'rule: []\n': /^access\.yaml:1:1: 'rule' is not known here; known are rules$/,
    'rules:\n  - x\n': /^access\.yaml:2:5: a rule has the fields name, who, may or may-not, on$/,
    'rules:\n  - may: view\n': /^access\.yaml:2:5: the rule does not say who/,
    'rules:\n  - who: anyone\n': /^access\.yaml:2:5: the rule does not say what/,
    [`${rule}    may-not: view\n`]: /^access\.yaml:4:5: a rule either allows or denies/,
    [`${rule}    on: vm web\n`]: /^access\.yaml:4:9: 'vm' is not a kind of object; known are any, connect, domain/,
    [`${rule}    on: connect x\n`]: /^access\.yaml:4:9: 'connect x': the connection has no name$/,
    [`${rule}    on: any x\n`]: /^access\.yaml:4:9: 'any x': nothing may follow "any"$/,
    [`${rule}    on: pool tag=x\n`]: /^access\.yaml:4:9: 'pool tag=x': only domains and networks have tags$/,
    [`${rule}    on: domain tag=\n`]: /^access\.yaml:4:9: 'domain tag=' has an empty pattern$/,
    [`${rule}    on: []\n`]: /^access\.yaml:4:9: 'on' is empty$/,
    [`${rule}    name:\n`]: /^access\.yaml:4:\d+: 'name' is empty$/,
    [`${rule}    may: view\n`]: /^access\.yaml:4:5: Map keys must be unique$/,
    'rules:\n  - who: anyone\n    may: veiw\n': /^access\.yaml:3:10: 'veiw' is no permission$/,
    'rules:\n  - who: anyone\n    may: [view, sta]\n':
      /^access\.yaml:3:17: 'sta' is no permission; did you mean start\?$/,
    'rules:\n  - who: anyone\n    may: domain:refresh\n': /^access\.yaml:3:10: 'domain:refresh' is no permission/,
    'rules:\n  - who: [x509:C=GB,CN=a]\n    may: view\n':
      /^access\.yaml:2:21: 'CN=a' is neither "anyone" nor KIND:PATTERN/,
    'rules:\n  - who: bob\n    may: view\n': /^access\.yaml:2:10: 'bob' is neither/,
    'rules:\n  - who: "user:"\n    may: view\n': /^access\.yaml:2:10: 'user:' names nobody$/,
    'rules:\n  - who: &a anyone\n    may: *a\n': /^access\.yaml:3:10: 'may' is a text$/,
    'rules:\n  - who: !!str anyone\n    may: {a: b}\n': /^access\.yaml:3:10: 'may' is a text$/,
    'rules: [\n': /^access\.yaml:\d+:\d+: /,
    '\tx: 1\n': /^access\.yaml:1:1: /,
  };
  for (const [text, wanted] of Object.entries(cases)) assert.match(fault(text), wanted, JSON.stringify(text));
});

test('no word turns into a number, a truth value or a date', () => {
  const [rule] = parseRules(
    'rules:\n  - name: 2024-01-01\n    who: user:0\n    may: view\n    on: [ domain no, domain 007 ]\n',
    'f',
  );

  assert.equal(rule?.name, '2024-01-01');
  assert.deepEqual(rule?.words.on, ['domain no', 'domain 007']);
});

test('any text gives rules or a LibvirtError', () => {
  const line = fc.constantFrom(
    'rules:',
    '  - who: anyone',
    '    may: view',
    '    on: domain a*',
    '- x',
    '  : :',
    '{',
    '[',
    '&a',
    '*a',
    '!!x',
    '"',
  );
  fc.assert(fc.property(fc.string(), (text) => void fault(text)));
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 12 }), (lines) => void fault(lines.join('\n'))),
  );
});

test('a name of a certificate as openssl prints it is the name that it stands for', () => {
  const [rule] = parseRules('rules:\n  - who: "x509:subject=C = GB, O = Acme, CN = op*"\n    may: view\n', 'f');
  const [who] = rule?.who ?? [];

  assert.equal(who?.({ address: 'x', x509Name: 'C=GB,O=Acme,CN=op1' }), true);
  assert.equal(who?.({ address: 'x', x509Name: 'C=GB,O=Acme,CN=other' }), false);
});
