const LONGEST_TEXT = 2000;
/** Of a page more than that is read, as its words come behind its styles. */
const LONGEST_PAGE = 16_000;
/** Elements without words for a reader; of a head the title is kept. */
const WORDLESS = new Set(['style', 'script', 'head']);

/** Text for a caller or a log: without tags, in one run, at most 2,000 characters. */
export function toPlainText(text: string): string {
  const start = cutBetweenWords(text, LONGEST_PAGE);
  const plain = /<[a-z!/][^>]{0,1000}>/i.test(start) ? stripTags(start).replace(/\s+/g, ' ') : start;
  return cutBetweenWords(plain.trim(), LONGEST_TEXT);
}

/** In one pass, whatever the page is. */
function stripTags(page: string): string {
  const [first = '', ...parts] = page.split('<');
  const words = [first];
  let within: string | undefined;
  for (const part of parts) {
    const tag = /^\/?[a-z!][a-z0-9-]*/i.exec(part)?.[0].toLowerCase();
    if (tag === undefined) {
      if (within === undefined) words.push(`<${part}`);
      continue;
    }
    const end = part.indexOf('>');
    const text = end === -1 ? '' : part.slice(end + 1);
    if (within === undefined) {
      if (WORDLESS.has(tag)) within = tag;
      else words.push(text);
    } else if (tag === `/${within}`) {
      within = undefined;
      words.push(text);
    } else if (within === 'head' && tag === 'title') {
      words.push(text);
    }
  }
  return words.join(' ');
}

/** What secrets are made of. A text is never cut within a run of it: half a secret would not be known as one. */
const IN_SECRET = /[\w+/=.~$*-]/;

function cutBetweenWords(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = most;
  while (end > 0 && IN_SECRET.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
