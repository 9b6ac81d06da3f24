export type MessageHandler = (body: unknown, origin: string) => void;

/**
 * The other processes that share their state with this one: replicas over Redis, or the workers of one gateway over the
 * process that started them.
 */
export abstract class Peers {
  /** There may be others. */
  abstract get isConfigured(): boolean;
  /** They can be reached now; otherwise what is told is lost, and what is asked has no answer. */
  abstract get isUsable(): boolean;
  /** Calls back with what the others tell on the channel. To be called before the application starts. */
  abstract listen(channel: string, handler: MessageHandler): void;
  /** Calls back whenever the others can be reached after they could not, the first time included. */
  abstract onUp(handler: () => void): void;
  /** Tells the others. What is in `kept` also stays, by its names, for those who `recall` it later. Never rejects. */
  abstract tell(channel: string, body: unknown, kept?: Readonly<Record<string, string>>): Promise<void>;
  /** All that is kept of the channel; `undefined`: there is no answer. Never rejects. */
  abstract recall(channel: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Lets go of what is kept by these names. Never rejects. */
  abstract forget(channel: string, names: readonly string[]): Promise<void>;
}
