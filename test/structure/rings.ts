// Rings in a graph: sets of nodes that reach each other.

/**
 * Finds the rings of a directed graph.
 *
 * @param edges nodes with the nodes they point to
 * @returns one list of nodes for each ring, none of them twice
 */
export function rings(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    let low = order.get(node) ?? 0;
    stack.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low = Math.min(low, lowest.get(next) ?? order.get(next) ?? low);
    }
    lowest.set(node, low);
    if (low !== order.get(node)) return;
    const ring = stack.splice(stack.indexOf(node));
    if (ring.length > 1 || (edges.get(node) ?? []).includes(node)) found.push(ring);
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return found;
}
