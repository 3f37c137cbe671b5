// Draws names as a tree, in virsh's way (vshTreePrint).

/** A name and the name that it hangs on, null for a root. */
export interface TreeNode {
  readonly name: string;
  readonly parent: string | null;
}

/** Draws all trees. */
export function treeText(nodes: readonly TreeNode[]): string {
  const children = new Map<string | null, string[]>();
  for (const { name, parent } of nodes) children.set(parent, [...(children.get(parent) ?? []), name]);
  const drawn = new Set<string>();

  const draw = (name: string, indent: string, place: 'root' | 'last' | 'middle'): string => {
    // Names that hang on each other in a ring are drawn once.
    if (drawn.has(name)) return '';
    drawn.add(name);
    const below = place === 'root' ? indent : `${indent}${place === 'last' ? ' ' : '|'} `;
    const names = children.get(name) ?? [];
    let text = `${indent}${place === 'root' ? '' : '+- '}${name}\n`;
    if (names.length > 0) text += `${below}  |\n`;
    for (const [index, child] of names.entries()) {
      text += draw(child, `${below}  `, index === names.length - 1 ? 'last' : 'middle');
    }
    if (names.length === 0 && place !== 'middle') text += `${below}\n`;
    return text;
  };
  return (children.get(null) ?? []).map((name) => draw(name, '', 'root')).join('');
}
