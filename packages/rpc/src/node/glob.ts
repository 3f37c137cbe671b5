// Patterns of the lists of allowed names in libvirtd.conf.

/**
 * Tells whether a name matches a pattern of `tls_allowed_dn_list` or `sasl_allowed_username_list`.
 *
 * `*` stands for any text, `?` for one character; nothing else is special, so that `[` and `\` stand for themselves. The
 * whole name must match and case counts. Time grows with the product of the lengths at most, whatever the pattern.
 *
 * @see g_pattern_match_simple, which libvirt asks
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  let at = 0;
  let token = 0;
  // Where to go on after the last star when what follows it does not match here.
  let star = -1;
  let retry = 0;
  while (at < given.length) {
    if (wanted[token] === '*') {
      star = token++;
      retry = at;
    } else if (token < wanted.length && (wanted[token] === '?' || wanted[token] === given[at])) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  while (wanted[token] === '*') token++;
  return token === wanted.length;
}
