/** What one end of a line sends to the other: told, or asked and answered. */
export class Topic<Body, Answer = void> {
  declare readonly body: Body;
  declare readonly answer: Answer;

  constructor(readonly name: string) {}
}

/** As it travels. `ask` counts the questions of one end; a telling has none. */
type LineMessage =
  | { readonly kind: 'say'; readonly topic: string; readonly body: unknown; readonly ask?: number }
  | { readonly kind: 'answer'; readonly ask: number; readonly body: unknown };

type Handler = (body: unknown) => unknown;

/**
 * One end of the line between a worker and the process that started it. Messages arrive in the order in which they were
 * sent. Both ends are of one build, so that what arrives is what the topic says.
 */
export class Line {
  private readonly handlers = new Map<string, Handler>();
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private asked = 0;
  private isOpen = true;

  /**
   * @param send hands a message to the other end, or drops it when that is gone
   * @param onError hears of handlers that fail; who asked gets no answer then
   */
  constructor(
    private readonly send: (message: object) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  tell<Body>({ name }: Topic<Body>, body: Body): void {
    if (this.isOpen) this.post({ kind: 'say', topic: name, body });
  }

  /** `undefined`: the other end is gone, or has failed. Never rejects. */
  ask<Body, Answer>({ name }: Topic<Body, Answer>, body: Body): Promise<Answer | undefined> {
    if (!this.isOpen) return Promise.resolve(undefined);
    const ask = this.asked++;
    return new Promise((resolve) => {
      this.waiting.set(ask, (answer) => {
        resolve(answer as Answer | undefined);
      });
      this.post({ kind: 'say', topic: name, body, ask });
    });
  }

  /** Answers what the other end asks and hears what it tells; one handler for each topic. */
  on<Body, Answer>({ name }: Topic<Body, Answer>, handler: (body: Body) => Answer | Promise<Answer>): void {
    this.handlers.set(name, (body) => handler(body as Body));
  }

  /** To be called with whatever comes, one message or several; what is no message of a line is left alone. */
  receive(value: unknown): void {
    if (Array.isArray(value)) for (const each of value) this.receive(each);
    if (!isMessage(value)) return;
    switch (value.kind) {
      case 'say':
        void this.hear(value.topic, value.body, value.ask);
        break;
      case 'answer':
        this.waiting.get(value.ask)?.(value.body);
        this.waiting.delete(value.ask);
        break;
    }
  }

  /** The other end is gone: nobody waits for it any more. */
  close(): void {
    this.isOpen = false;
    for (const resolve of this.waiting.values()) resolve(undefined);
    this.waiting.clear();
  }

  /** Nothing is waited for that need not be, so that what comes in order is done in order. */
  private async hear(topic: string, body: unknown, ask: number | undefined): Promise<void> {
    let answer: unknown;
    try {
      const result = this.handlers.get(topic)?.(body);
      answer = result instanceof Promise ? await result : result;
    } catch (error) {
      this.onError(error);
    }
    if (ask !== undefined && this.isOpen) this.post({ kind: 'answer', ask, body: answer });
  }

  private post(message: LineMessage): void {
    this.send(message);
  }
}

function isMessage(value: unknown): value is LineMessage {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  return value.kind === 'say' || value.kind === 'answer';
}
