/**
 * What translation between formats has to get right, line by line; tests quote the number of the line that they hold.
 * `A` lines are plain numbers, what clients need of a gateway is `C1` and on. "O>A" is a caller of OpenAI's chat format
 * at a vendor of Anthropic's, "A>O" the reverse.
 */
export const CHECKLIST: Readonly<Record<string, string>> = Object.fromEntries([
  ...`
O>A one system message becomes system
O>A several system messages, anywhere, none lost
O>A developer counts as system, parts and null content too
O>A cache_control keeps system in blocks
O>A a request of system messages alone is refused clearly
A>O system string or blocks become one message
A>O system blocks of Claude Code pass in order
O>A neighbours of one role are merged
O>A an assistant message may come first
O>A empty text is left out
O>A tool calls with null or empty content
O>A refusals become text
O>A a trailing assistant message goes on, and none is ever added
O>A its trailing white space goes
names and end users are kept or ignored without error
A>O tool results come first, then text and pictures
A>O several results become several tool messages, in order
O>A tool messages become one user turn, with the text behind
O>A parameters become input_schema, also missing ones
O>A nested schemas survive
tools that are no functions are refused or translated
tool_choice in all its forms
tool_choice goes where there are no tools
parallel_tool_calls and disable_parallel_tool_use
O>A arguments: valid, empty, and invalid ones are refused
A>O input becomes JSON text, large numbers intact
ids of calls are accepted everywhere and map back
names of tools are shortened and restored
orphaned calls and results are refused
results of text, pictures, errors, nothing
A>O pictures in results are never lost
Anthropic's own tools go only to Anthropic
server tools are no calls for the caller
order of tools and their cache markers are stable
legacy functions
strict is treated alike everywhere
pictures as data, with their types
pictures by URL
documents
detail is ignored, sound is refused
A>O pictures stay parts, one text stays a string
large data never reaches logs or messages
max_tokens where it is mandatory, under both names
A>O the right name of the length limit
stop sequences
temperature out of range, and beside thinking
what the target has no word for is named or refused
reasoning effort, unknown or beside a budget
budgets and efforts
service tiers
JSON and JSON Schema answers
the hidden answer tool stays hidden
versions and betas, and no key of the caller's
unknown members, and no explicit null
the model's name, there and back
usage is always asked of streams, and told when asked
several text blocks are one text
every stop reason
every finish reason back, with tool calls winning
which stop sequence matched
tool JSON that was cut
empty and missing content, missing choices
ids, times and object names
refusals have a place
reasoning, signed and redacted
citations survive or go consistently
A>O usage adds the parts up
O>A usage takes the parts apart
five-minute and one-hour cache writes
reasoning and audio tokens
usage in streams is set and never added
zero is zero, absent is absent
usage survives cuts, callers that leave, and failovers
one usage chunk, wherever the vendor put it
A>O stream: every event in OpenAI's words
A>O stream: tool calls count from 0
A>O stream: choices have index 0
A>O stream: input in the opening of a block
A>O stream: interleaved blocks
A>O stream: thinking apart from content
A>O stream: pings
errors inside a 200, before and after content
a stream that just ends is no whole answer
reading server-sent events, however they are cut
O>A stream: the exact sequence
O>A stream: no empty block before a tool call
O>A stream: nothing lost where blocks change
O>A stream: tool calls in every kind of pieces
O>A stream: reasoning is a block of its own
O>A stream: finish and usage in separate chunks
missing or early end markers
events that are not JSON
signs of life while the vendor is silent
a failure in the middle is an error event
headers of streams
concurrent streams share nothing
error types and statuses of both formats
error bodies of every shape
whose error it was, and no secrets in it
a refused key of ours is no 401 of the caller's
retry hints of every kind
faults are told in the caller's own format
thinking goes back unmodified and first
proofs of one vendor never reach another
A>O thinking of earlier turns is not sent as unknown parts
Gemini's thought signatures come back
token counts, native or marked as estimates`
    .trim()
    .split('\n')
    .map((what, index) => [String(index + 1), what] as const),
  ...`
error bodies, retry headers
frames without null errors, usage only when asked
event lines, and errors that Anthropic's SDK raises
a call's id once, one call a chunk
Claude Code
Cursor, browsers`
    .trim()
    .split('\n')
    .map((what, index) => [`C${index + 1}`, what] as const),
]);
