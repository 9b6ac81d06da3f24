/** Tells when a JSON object that arrives in fragments is whole, looking at each character once. */
export class ObjectTracker {
  isClosed = false;
  private depth = 0;
  private inString = false;
  private isEscaped = false;

  feed(fragment: string): void {
    for (let index = 0; index < fragment.length && !this.isClosed; index += 1) {
      const character = fragment[index];
      if (this.isEscaped) this.isEscaped = false;
      else if (this.inString) {
        if (character === '\\') this.isEscaped = true;
        else if (character === '"') this.inString = false;
      } else if (character === '"') this.inString = true;
      else if (character === '{') this.depth += 1;
      else if (character === '}') {
        this.depth -= 1;
        this.isClosed = this.depth === 0;
      }
    }
  }
}
