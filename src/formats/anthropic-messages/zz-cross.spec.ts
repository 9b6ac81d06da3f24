import { existsSync, readdirSync, readFileSync, appendFileSync, writeFileSync } from 'node:fs';
import { it } from 'vitest';
import Anthropic from '@anthropic-ai/sdk';
import { decodeSse } from '../sse/decode-sse.js';
import { OPENAI_CHAT_INBOUND, OPENAI_CHAT_OUTBOUND } from '../openai-chat/openai-chat.format.js';
import { ANTHROPIC_MESSAGES_INBOUND, ANTHROPIC_MESSAGES_OUTBOUND } from './anthropic-messages.format.js';
import { parseJson } from '../json/parse-json.js';
const root = '/work/shared/recordings';
writeFileSync('/tmp/cross.txt', '');
const log = (...a: unknown[]) => appendFileSync('/tmp/cross.txt', a.join(' ') + '\n');
const ctx: any = {
  requestId: 'req-1',
  provider: 'p',
  model: 'm',
  request: { original: { format: 'anthropic-messages', text: '{}', json: {} } },
  receivedAt: 0,
  priceOf: () => null,
};
it('all', async () => {
  for (const v of readdirSync(root)) {
    if (!/^(openai|deepseek|groq|mistral|moonshot|openrouter|qwen|xai|zhipu|azure|other)$/.test(v)) continue;
    for (const c of readdirSync(`${root}/${v}`)) {
      const d = `${root}/${v}/${c}`;
      if (existsSync(`${d}/stream.sse`)) {
        const raw = readFileSync(`${d}/stream.sse`);
        async function* b() {
          yield raw;
        }
        let text = '';
        try {
          for await (const t of ANTHROPIC_MESSAGES_INBOUND.encodeStream(
            OPENAI_CHAT_OUTBOUND.decodeStream(decodeSse(b())),
            'openai-chat',
            ctx,
          ))
            text += t;
        } catch (e) {
          log('THROW', v, c, String(e));
          continue;
        }
        const client = new Anthropic({
          apiKey: 'n',
          maxRetries: 0,
          fetch: () =>
            Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } })),
        });
        try {
          const m = await client.messages.stream({ model: 'm', max_tokens: 1, messages: [] }).finalMessage();
          log(
            'OK',
            v,
            c,
            m.stop_reason,
            m.usage.input_tokens,
            m.usage.output_tokens,
            m.content
              .map(
                (b) =>
                  b.type +
                  ':' +
                  (b.type === 'text'
                    ? b.text.length
                    : b.type === 'thinking'
                      ? b.thinking.length
                      : JSON.stringify((b as any).input).slice(0, 60)),
              )
              .join(' | '),
          );
        } catch (e) {
          log('ERR', v, c, String(e).slice(0, 150));
        }
      }
      if (existsSync(`${d}/request.json`)) {
        const text = readFileSync(`${d}/request.json`, 'utf8');
        const json = parseJson(text) as any;
        if (!json.messages) continue;
        let r;
        try {
          r = OPENAI_CHAT_INBOUND.decodeRequest({ format: 'openai-chat', text, json });
        } catch (e) {
          log('DEC', v, c, String(e).slice(0, 200));
          continue;
        }
        try {
          const e = ANTHROPIC_MESSAGES_OUTBOUND.encodeRequest(r, { model: 'claude', traits: {} });
          log('REQ', v, c, e.dropped.join(','), e.decoding?.answerTool ?? '');
        } catch (e) {
          log('REFUSED', v, c, String(e).slice(0, 200));
        }
      }
    }
  }
}, 60000);
