import type { AnswerDocs, JsonDocs } from '../common/api.decorators.js';

const MESSAGES = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['role'],
    properties: {
      role: { type: 'string', enum: ['system', 'developer', 'user', 'assistant', 'tool'] },
      content: {
        description: 'Text, or a list of parts',
        oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }, { type: 'null' }],
      },
    },
  },
};

const COMMON = {
  model: {
    type: 'string',
    description:
      'Absent or `auto`: the default route. Else the name of a route, `provider/model`, or a bare model that some provider lists',
  },
  messages: MESSAGES,
  provider: { type: 'string', description: 'Pins a provider: only that one is tried' },
  stream: { type: 'boolean' },
  temperature: { type: 'number', minimum: 0, maximum: 2 },
  top_p: { type: 'number', minimum: 0, maximum: 1 },
  max_tokens: { type: 'integer', minimum: 1 },
  stop: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
};

export const SIMPLE_CHAT_DOCS: AnswerDocs = {
  request: { type: 'object', required: ['messages'], properties: COMMON, additionalProperties: true },
  requestExamples: {
    plain: {
      summary: 'A question',
      value: { messages: [{ role: 'user', content: 'Say hello in one sentence.' }] },
    },
    pinned: {
      summary: 'One provider, with sampling parameters',
      value: {
        messages: [
          { role: 'system', content: 'You answer in French.' },
          { role: 'user', content: 'Good morning!' },
        ],
        provider: 'openai',
        temperature: 0.2,
        max_tokens: 100,
      },
    },
    stream: {
      summary: 'A stream',
      value: { messages: [{ role: 'user', content: 'Count to five.' }], stream: true },
    },
  },
  response: {
    type: 'object',
    required: ['content', 'model', 'provider', 'usage'],
    properties: {
      content: { type: 'string' },
      model: { type: 'string', description: 'What the vendor says it served' },
      provider: { type: 'string' },
      usage: {
        type: 'object',
        properties: {
          input_tokens: { type: ['integer', 'null'] },
          output_tokens: { type: ['integer', 'null'] },
          cost_usd: { type: ['number', 'null'], description: 'null where no price is known' },
        },
      },
    },
  },
  responseExample: {
    content: 'Hello, nice to meet you.',
    model: 'gpt-4o-mini-2024-07-18',
    provider: 'openai',
    usage: { input_tokens: 9, output_tokens: 12, cost_usd: 0.00000855 },
  },
  streamExample:
    'data: {"content":"Hello"}\n\ndata: {"content":"!"}\n\ndata: {"content":"","model":"deepseek-chat","provider":"deepseek","usage":{"input_tokens":9,"output_tokens":2,"cost_usd":0.000003},"finish_reason":"stop"}\n\ndata: [DONE]\n\n',
};

export const CHAT_COMPLETION_DOCS: AnswerDocs = {
  request: {
    type: 'object',
    required: ['messages'],
    properties: {
      ...COMMON,
      max_completion_tokens: { type: 'integer', minimum: 1 },
      stream_options: { type: 'object', properties: { include_usage: { type: 'boolean' } } },
      tools: { type: 'array', items: { type: 'object' } },
      response_format: { type: 'object' },
    },
    additionalProperties: true,
  },
  requestExamples: {
    plain: {
      summary: 'The default route',
      value: { model: 'auto', messages: [{ role: 'user', content: 'Say hello in one sentence.' }] },
    },
    stream: {
      summary: 'A stream with a usage report',
      value: {
        model: 'auto',
        messages: [{ role: 'user', content: 'Count to five.' }],
        stream: true,
        stream_options: { include_usage: true },
      },
    },
  },
  response: {
    type: 'object',
    required: ['id', 'object', 'created', 'model', 'choices'],
    properties: {
      id: { type: 'string' },
      object: { type: 'string', const: 'chat.completion' },
      created: { type: 'integer' },
      model: { type: 'string' },
      choices: { type: 'array', items: { type: 'object' } },
      usage: { type: 'object' },
    },
  },
  responseExample: {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1767225600,
    model: 'deepseek-chat',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello, nice to meet you.' },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
  },
  streamExample:
    'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,"model":"deepseek-chat","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}\n\ndata: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,"model":"deepseek-chat","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
};

export const RESPONSES_DOCS: AnswerDocs = {
  request: {
    type: 'object',
    required: ['input'],
    properties: {
      model: COMMON.model,
      input: {
        description: 'Text, or a list of items',
        oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }],
      },
      instructions: { type: 'string' },
      stream: { type: 'boolean' },
      max_output_tokens: { type: 'integer', minimum: 1 },
      temperature: COMMON.temperature,
      tools: { type: 'array', items: { type: 'object' } },
      text: { type: 'object' },
      reasoning: { type: 'object' },
    },
    additionalProperties: true,
  },
  requestExamples: {
    plain: { summary: 'A question', value: { model: 'auto', input: 'Say hello in one sentence.' } },
    stream: {
      summary: 'A stream with instructions',
      value: { model: 'auto', instructions: 'You are brief.', input: 'Count to five.', stream: true },
    },
  },
  response: {
    type: 'object',
    required: ['id', 'object', 'status', 'output'],
    properties: {
      id: { type: 'string' },
      object: { type: 'string', const: 'response' },
      status: { type: 'string', enum: ['completed', 'incomplete', 'failed'] },
      model: { type: 'string' },
      output: { type: 'array', items: { type: 'object' } },
      usage: { type: 'object' },
    },
  },
  responseExample: {
    id: 'resp_1',
    object: 'response',
    created_at: 1767225600,
    status: 'completed',
    model: 'deepseek-chat',
    output: [
      {
        type: 'message',
        id: 'msg_1',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hello, nice to meet you.', annotations: [] }],
      },
    ],
    usage: { input_tokens: 9, output_tokens: 12, total_tokens: 21 },
  },
  streamExample:
    'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","output":[]}}\n\nevent: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":4,"output_index":0,"content_index":0,"item_id":"msg_1","delta":"Hello"}\n\nevent: response.completed\ndata: {"type":"response.completed","sequence_number":8,"response":{"id":"resp_1","object":"response","status":"completed","output":[]}}\n\n',
};

export const MESSAGES_DOCS: AnswerDocs = {
  request: {
    type: 'object',
    required: ['messages', 'max_tokens'],
    properties: {
      model: COMMON.model,
      messages: MESSAGES,
      max_tokens: COMMON.max_tokens,
      system: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }] },
      stream: { type: 'boolean' },
      temperature: { type: 'number', minimum: 0, maximum: 1 },
      tools: { type: 'array', items: { type: 'object' } },
      thinking: { type: 'object' },
    },
    additionalProperties: true,
  },
  requestExamples: {
    plain: {
      summary: 'A question',
      value: {
        model: 'auto',
        max_tokens: 200,
        messages: [{ role: 'user', content: 'Say hello in one sentence.' }],
      },
    },
    stream: {
      summary: 'A stream with a system prompt',
      value: {
        model: 'auto',
        max_tokens: 200,
        system: 'You are brief.',
        messages: [{ role: 'user', content: 'Count to five.' }],
        stream: true,
      },
    },
  },
  response: {
    type: 'object',
    required: ['id', 'type', 'role', 'content', 'stop_reason', 'usage'],
    properties: {
      id: { type: 'string' },
      type: { type: 'string', const: 'message' },
      role: { type: 'string', const: 'assistant' },
      model: { type: 'string' },
      content: { type: 'array', items: { type: 'object' } },
      stop_reason: { type: ['string', 'null'] },
      usage: { type: 'object' },
    },
  },
  responseExample: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5',
    content: [{ type: 'text', text: 'Hello, nice to meet you.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 12 },
  },
  streamExample:
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[]}}\n\nevent: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\nevent: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
};

export const COUNT_TOKENS_DOCS: JsonDocs = {
  request: {
    type: 'object',
    required: ['messages'],
    properties: { model: COMMON.model, messages: MESSAGES },
    additionalProperties: true,
  },
  requestExamples: {
    plain: {
      summary: 'A question',
      value: { model: 'auto', messages: [{ role: 'user', content: 'Say hello in one sentence.' }] },
    },
  },
  response: {
    type: 'object',
    required: ['input_tokens'],
    properties: { input_tokens: { type: 'integer' }, estimated: { type: 'boolean' } },
  },
  responseExample: { input_tokens: 14 },
};

export const EMBEDDINGS_DOCS: JsonDocs = {
  request: {
    type: 'object',
    required: ['model', 'input'],
    properties: {
      model: COMMON.model,
      input: { oneOf: [{ type: 'string' }, { type: 'array', items: {} }] },
      dimensions: { type: 'integer', minimum: 1 },
      encoding_format: { type: 'string', enum: ['float', 'base64'] },
    },
    additionalProperties: true,
  },
  requestExamples: {
    plain: { summary: 'One text', value: { model: 'openai/text-embedding-3-small', input: 'Hello' } },
  },
  response: {
    type: 'object',
    required: ['object', 'data', 'model', 'usage'],
    properties: {
      object: { type: 'string', const: 'list' },
      data: { type: 'array', items: { type: 'object' } },
      model: { type: 'string' },
      usage: { type: 'object' },
    },
  },
  responseExample: {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.01, -0.02] }],
    model: 'text-embedding-3-small',
    usage: { prompt_tokens: 1, total_tokens: 1 },
  },
};
