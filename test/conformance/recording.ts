/** What the recorder noted of an exchange; only what the suites read. */
export interface RecordingMeta {
  readonly vendor: string;
  readonly case: string;
  /** `openai.chat`, `anthropic.messages`, `gemini.generateContent`, ... */
  readonly api: string;
  readonly stream: boolean;
  readonly status: number;
  readonly exercises: string;
  readonly model: string | null;
  readonly response_headers: Readonly<Record<string, string>>;
  readonly body_file: string;
  readonly request_edited?: boolean;
}

/** One recorded exchange with a vendor. */
export interface Recording {
  /** `<vendor>/<case>` */
  readonly name: string;
  readonly meta: RecordingMeta;
  /** The request's JSON text as recorded, where the source kept it. */
  readonly request: string | undefined;
  /** The answer's bytes, not touched. */
  readonly body: Uint8Array;
}
