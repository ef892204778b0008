/** Masks values in the log by the names of their fields, however deep. */

const MASK = '[masked]';

/** Masks the fields of these names in a line of the log, however they are written; the others stay. */
export function masking(names: Iterable<string>): (line: string) => string {
  const masked = new Set(Array.from(names, plain));

  // The line as it is written, so that nothing is missed that a serializer or `toJSON` brings.
  return (line) => {
    const fields = JSON.parse(line, (name, value) =>
      value !== null && masked.has(plain(name)) ? MASK : value,
    );
    return `${JSON.stringify(fields)}\n`;
  };
}

/** `accessToken`, `access_token` and `Access-Token` are one name. */
function plain(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase();
}
