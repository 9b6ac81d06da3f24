/** What some vendor's error begins with; relays put it before another vendor's words. */
const LABEL = /^(?:(?:provider returned error|upstream error|bad request|error): |<\d{3}> [a-z.]+: )+/;
/**
 * What stands in quotes or brackets, from the first to the last of a kind, as what is quoted may hold quotes itself. An
 * apostrophe within a word opens none.
 */
const QUOTED = [
  /`.*`/g,
  /".*"/g,
  /“.*”/g,
  /‘.*’/g,
  /「.*」/g,
  /\[.*\]/g,
  /\{.*\}/g,
  /<.*>/g,
  /(?<![a-z0-9])'.*'(?![a-z0-9])/g,
] as const;
/**
 * How sentences end that may have begun with a word of the caller's: "NAME is not a valid model ID", "NAME: Extra
 * inputs are not permitted".
 */
const ENDS_AN_ECHO =
  /\b(?:not permitted|not (?:a )?valid|is invalid|is no |not supported|does not support|unsupported|unknown|unrecogni[sz]ed|unexpected|not found|not exist|not allowed|is required|rate-limited|无可用)/;
const LONGEST_MESSAGE = 2000;

/**
 * The words of a vendor's message, by what they prove. Vendors repeat what callers write (the name of a model or a tool,
 * a value, a member), with quotes and without, and no caller may decide by that who rests.
 */
export class VendorWords {
  private readonly text: string;

  constructor(message: string) {
    let text = message
      .slice(0, LONGEST_MESSAGE)
      .toLowerCase()
      .replace(/’(?=[a-z])/g, "'");
    text = text.replace(/\s+/g, ' ').trim().replace(LABEL, '');
    for (const quoted of QUOTED) text = text.replace(quoted, ' ');
    this.text = text.replace(/ +/g, ' ').trim();
  }

  /** Whether they are somewhere outside quotes: enough for what rests nobody. `pattern` is for text in lower case. */
  mention(pattern: RegExp): boolean {
    return pattern.test(this.text);
  }

  /**
   * Whether the message is this sentence: it begins with it, and what follows shows that it was not a word of the
   * caller's that stood first. `pattern` is anchored at the start.
   */
  state(pattern: RegExp): boolean {
    const found = pattern.exec(this.text);
    return found !== null && !ENDS_AN_ECHO.test(this.text.slice(found[0].length));
  }

  /** As `state`, for sentences about a name of the caller's, which may hold anything. */
  stateOfName(pattern: RegExp): boolean {
    return pattern.test(this.text) && !/: extra inputs? (?:are|is) not permitted/.test(this.text);
  }
}
