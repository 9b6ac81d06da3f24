interface Link<Member> {
  member: Member | undefined;
  previous: Link<Member>;
  next: Link<Member>;
}

/**
 * Members that come and go all the time, as requests do, in the order in which they came.
 *
 * A `Set` would do but for the garbage collector: each time its table is full it moves to a new one, and the old table,
 * with all that was in it then, points to the new one. Once one of them has grown old, all that follow stay alive until
 * the next full collection, and with each of them the requests that it knew. So does an array each time it grows.
 */
export class ComingAndGoing<Member> implements Iterable<Member> {
  private readonly end: Link<Member>;
  private count = 0;

  constructor() {
    const end = { member: undefined } as Link<Member>;
    end.previous = end;
    end.next = end;
    this.end = end;
  }

  get size(): number {
    return this.count;
  }

  /** Who has been there for longest. */
  get first(): Member | undefined {
    return this.end.next.member;
  }

  /** @returns a function that takes the member out again; to call it twice, or after `shift`, does no harm */
  add(member: Member): () => void {
    const { end } = this;
    const link: Link<Member> = { member, previous: end.previous, next: end };
    end.previous.next = link;
    end.previous = link;
    this.count++;
    return () => {
      this.remove(link);
    };
  }

  /** Takes the first one out. */
  shift(): Member | undefined {
    const { first } = this;
    this.remove(this.end.next);
    return first;
  }

  /** Those who are there now: whoever comes or goes meanwhile changes nothing. */
  [Symbol.iterator](): Iterator<Member> {
    const members: Member[] = [];
    for (let link = this.end.next; link !== this.end; link = link.next) members.push(link.member as Member);
    return members.values();
  }

  private remove(link: Link<Member>): void {
    // The end, when nobody is there, and who is gone already.
    if (link.next === link) return;
    link.previous.next = link.next;
    link.next.previous = link.previous;
    // Nothing that is gone leads to anything.
    link.previous = link;
    link.next = link;
    link.member = undefined;
    this.count--;
  }
}
