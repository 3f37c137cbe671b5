// Names of libvirt's drivers, so that a slip in one can be told.

const drivers: readonly string[] =
  'qemu test lxc xen vbox bhyve vz parallels openvz esx gsx vpx hyperv vmwareplayer vmwarews vmwarefusion ch storage'.split(
    ' ',
  );
// The most letters in which a slip differs.
const MAX_SLIP = 2;
const MAX_CHARS = 20;

/** Tells whether libvirt has ever had a driver of this name, or we have. */
export function isDriver(name: string): boolean {
  return drivers.includes(name);
}

/** Gives the driver that a wrong name is nearest to; null when it is right, or like none. */
export function likelyDriver(name: string): string | null {
  if (isDriver(name) || name.length > MAX_CHARS) return null;
  const near = drivers
    .map((driver) => ({ driver, distance: distance(name, driver) }))
    .filter(({ driver, distance: steps }) => steps <= MAX_SLIP && steps < driver.length - 1)
    .toSorted((one, two) => one.distance - two.distance);
  return near[0]?.driver ?? null;
}

// Letters to put in, take away or exchange (Levenshtein).
function distance(one: string, two: string): number {
  let row = Array.from({ length: two.length + 1 }, (_, index) => index);
  for (const [at, letter] of Array.from(one).entries()) {
    const next = [at + 1];
    for (const [index, other] of Array.from(two).entries()) {
      const change = (row[index] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
