/** A place in the file: keys and list positions from the root. */
export type ConfigPath = readonly (string | number)[];

/** `['providers', 1, 'timeout']` to `providers[1].timeout`; keys that are no plain words are quoted in brackets. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') {
      text += `[${part}]`;
    } else if (/^[A-Za-z_][\w-]*$/.test(part)) {
      text += text === '' ? part : `.${part}`;
    } else {
      text += `[${JSON.stringify(part)}]`;
    }
  }
  return text;
}
