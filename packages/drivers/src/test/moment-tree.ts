// Snapshots or checkpoints of a domain as a tree of parents and children.

/** What the tree needs to know of its members. */
export interface Moment {
  readonly name: string;
  /** Name of the parent, null for a root. */
  parent: string | null;
}

/** How a list of moments is narrowed down; each pair may ask for one side, both or none. */
export interface MomentFilter {
  /** Only roots (of the whole tree) or only children, not deeper descendants. */
  readonly direct: boolean;
  readonly leaves: boolean;
  readonly noLeaves: boolean;
}

/** A tree with one member that is current, or none. */
export class MomentTree<T extends Moment> {
  private readonly members = new Map<string, T>();
  /** The one that new members become children of. */
  current: T | null = null;

  get size(): number {
    return this.members.size;
  }

  get(name: string): T | undefined {
    return this.members.get(name);
  }

  /** Adds a member, or puts it in the place of the one of its name. */
  set(member: T): void {
    const old = this.members.get(member.name);
    if (old !== undefined && this.current === old) this.current = member;
    this.members.set(member.name, member);
  }

  /** All members, or the descendants of one; parents come before their children. */
  list(of: T | null, filter: MomentFilter): T[] {
    const found: T[] = [];
    const visit = (parent: string | null) => {
      for (const member of this.childrenOf(parent)) {
        const leaf = this.childrenOf(member.name).length === 0;
        const wanted = filter.leaves === filter.noLeaves || (leaf ? filter.leaves : filter.noLeaves);
        if (wanted) found.push(member);
        if (!filter.direct) visit(member.name);
      }
    };
    visit(of === null ? null : of.name);
    return found;
  }

  /** Takes a member out; its children go to its parent. If it was current, its parent is current then. */
  remove(member: T): void {
    for (const child of this.childrenOf(member.name)) child.parent = member.parent;
    this.members.delete(member.name);
    if (this.current === member) this.current = this.parentOf(member);
  }

  /** Takes out all descendants of a member. If one of them was current, the member is current then. */
  removeDescendants(member: T): void {
    for (const child of this.childrenOf(member.name)) {
      this.removeDescendants(child);
      this.members.delete(child.name);
      if (this.current === child) this.current = member;
    }
  }

  private parentOf(member: T): T | null {
    return member.parent === null ? null : (this.members.get(member.parent) ?? null);
  }

  // A member whose parent is not there counts as a root.
  private childrenOf(name: string | null): T[] {
    const children: T[] = [];
    for (const member of this.members.values()) {
      const parent = member.parent !== null && this.members.has(member.parent) ? member.parent : null;
      if (parent === name) children.push(member);
    }
    return children;
  }
}
