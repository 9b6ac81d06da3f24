/** What stands in quotes of any kind: vendors quote what the caller wrote. An apostrophe within a word opens none. */
const QUOTED = /`[^`]*`|"[^"]*"|“[^”]*”|「[^」]*」|(?<![a-z0-9])'[^']*'/g;
const LONGEST_MESSAGE = 2000;

/**
 * The words of a vendor's message that are the vendor's own. Vendors repeat what callers wrote (the name of a model, of
 * a tool, a value), and no caller may decide by that who rests. `sent`: all that the vendor could repeat, its address
 * and the request's body; absent where it is not at hand, then what is quoted does not count.
 */
export class VendorWords {
  private readonly text: string;
  private readonly unquoted: string;
  private readonly sent: string | undefined;
  private echoes: string | undefined;

  constructor(message: string, sent: string | undefined) {
    this.text = normalize(message.slice(0, LONGEST_MESSAGE));
    this.unquoted = this.text.replace(QUOTED, ' ');
    this.sent = sent;
  }

  /** Whether the vendor says it, in its own words. `pattern` is global, and for text in lower case. */
  say(pattern: RegExp): boolean {
    for (const [found] of this.text.matchAll(pattern)) if (!this.isEcho(found)) return true;
    return false;
  }

  /** As `say`, for what must not be mistaken: what stands in quotes never counts. */
  state(pattern: RegExp): boolean {
    for (const [found] of this.unquoted.matchAll(pattern)) if (!this.isEcho(found)) return true;
    return false;
  }

  private isEcho(found: string): boolean {
    if (this.sent === undefined) return false;
    this.echoes ??= toEchoes(this.sent);
    return this.echoes.includes(found);
  }
}

/** Everything that was sent, as a vendor may spell it back: also with the escapes of JSON and of addresses undone. */
function toEchoes(sent: string): string {
  const plain = normalize(sent);
  const unescaped = sent.includes('\\') ? normalize(undoEscapes(sent)) : '';
  const decoded = sent.includes('%') ? normalize(undoPercents(sent)) : '';
  return `${plain}\n${unescaped}\n${decoded}`;
}

function undoEscapes(text: string): string {
  return text
    .replace(/\\u([0-9a-f]{4})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replace(/\\[nrt]/g, ' ')
    .replace(/\\(.)/g, '$1');
}

function undoPercents(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });
}

function normalize(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ');
}
