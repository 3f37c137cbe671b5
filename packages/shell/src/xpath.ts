// Evaluates XPath over XML, by libxml2 as libvirt does; loaded only when somebody asks for it.
import { XmlDocument, XmlElement, XmlXPath, XmlXPathError } from 'libxml2-wasm';
import { fail } from './failure.ts';

function compile(expression: string): XmlXPath | null {
  try {
    return XmlXPath.compile(expression);
  } catch (thrown) {
    if (thrown instanceof XmlXPathError) return null;
    throw thrown;
  }
}

/** Gives the nodes that an expression finds, each as text. @throws CommandFailure when it does not select nodes */
export function selectXml(xml: string, expression: string): string[] {
  const document = XmlDocument.fromString(xml);
  try {
    // virsh takes an expression that cannot be read for one that finds nothing; libxml2 has said what is wrong with it.
    const compiled = compile(expression);
    if (compiled === null) return [];
    try {
      const found = document.eval(compiled);
      if (!Array.isArray(found)) fail(`internal error: Incorrect xpath '${expression}'`);
      return found.map((node) => (node instanceof XmlElement ? node.toString({ format: false }) : node.content));
    } finally {
      compiled.dispose();
    }
  } finally {
    document.dispose();
  }
}
