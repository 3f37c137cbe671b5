// Objects of one kind by name, by uuid, and by id while they run.

/** What the store needs to know of an object. */
export interface StoredObject {
  readonly name: string;
  /** Canonical lower-case text. */
  readonly uuid: string;
  /** Positive while it runs, otherwise -1; kinds that have none leave it out. */
  readonly id?: number;
}

/** Objects in the order in which they came. */
export class ObjectStore<T extends StoredObject> {
  private readonly uuids = new Map<string, T>();
  private readonly names = new Map<string, T>();
  private readonly ids = new Map<number, T>();

  get size(): number {
    return this.uuids.size;
  }

  byUuid(uuid: string): T | undefined {
    return this.uuids.get(uuid);
  }

  byName(name: string): T | undefined {
    return this.names.get(name);
  }

  byId(id: number): T | undefined {
    return this.ids.get(id);
  }

  /** All objects, in the order in which they came. */
  values(): IterableIterator<T> {
    return this.uuids.values();
  }

  /** Adds an object; the caller has made sure that neither its name nor its uuid is taken. */
  add(object: T): void {
    this.uuids.set(object.uuid, object);
    this.names.set(object.name, object);
    if (object.id !== undefined && object.id >= 0) this.ids.set(object.id, object);
  }

  /** Takes an object out. Does nothing when it is not there. */
  remove(object: T): void {
    if (this.uuids.get(object.uuid) !== object) return;
    this.uuids.delete(object.uuid);
    this.forgetName(object, object.name);
    if (object.id !== undefined) this.ids.delete(object.id);
  }

  /**
   * Changes name or id of an object that is in the store, by `change`, and keeps it findable.
   *
   * A name that has changed otherwise does not count until then: as in libvirt, the object is found by its former one.
   */
  update(object: T, change: (object: T) => void): void {
    const known = this.uuids.get(object.uuid) === object;
    const { name } = object;
    if (known && object.id !== undefined) this.ids.delete(object.id);
    change(object);
    if (!known) return;
    if (object.name !== name) {
      this.forgetName(object, name);
      this.names.set(object.name, object);
    }
    if (object.id !== undefined && object.id >= 0) this.ids.set(object.id, object);
  }

  // Not always under its own: the snapshot of a domain brings back the name that the domain had then.
  private forgetName(object: T, name: string): void {
    if (this.names.get(name) === object) {
      this.names.delete(name);
      return;
    }
    for (const [known, other] of this.names) if (other === object) this.names.delete(known);
  }
}
