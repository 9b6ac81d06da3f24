import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ApiChatErrors, ApiJson, ApiJsonOrStream, ApiKeyAuth } from '../common/api.decorators.js';
import { CHAT_COMPLETIONS, MESSAGES, RESPONSES, SIMPLE_CHAT } from './chat-endpoint.js';
import { ChatService } from './chat.service.js';
import { EmbeddingsService } from './embeddings.service.js';
import { TokenCountService } from './token-count.service.js';
import {
  CHAT_COMPLETION_DOCS,
  COUNT_TOKENS_DOCS,
  EMBEDDINGS_DOCS,
  MESSAGES_DOCS,
  RESPONSES_DOCS,
  SIMPLE_CHAT_DOCS,
} from './chat.docs.js';

/** One route per wire format; each hands its format to the same service. */
@ApiTags('chat')
@ApiKeyAuth()
@Controller('v1')
export class ChatController {
  constructor(
    private readonly chat: ChatService,
    private readonly tokens: TokenCountService,
    private readonly vectors: EmbeddingsService,
  ) {}

  @Post('chat')
  @HttpCode(200)
  @ApiOperation({
    summary: "Sluice's simple chat",
    description:
      'Messages in, text out. With `"stream": true` the answer comes as server-sent events: `{"content"}` for each delta, then one with `model`, `provider`, `usage` and `finish_reason`, then `[DONE]`.',
  })
  @ApiJsonOrStream(SIMPLE_CHAT_DOCS)
  @ApiChatErrors('simple')
  simpleChat(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.chat.answer(SIMPLE_CHAT, request, response);
  }

  @Post('chat/completions')
  @HttpCode(200)
  @ApiOperation({
    summary: 'OpenAI Chat Completions',
    description:
      'The official `openai` SDK works unchanged with its base URL set to `/v1` here. With `"stream": true` the answer comes as server-sent events and ends with `[DONE]`.',
  })
  @ApiJsonOrStream(CHAT_COMPLETION_DOCS)
  @ApiChatErrors('openai')
  chatCompletions(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.chat.answer(CHAT_COMPLETIONS, request, response);
  }

  @Post('responses')
  @HttpCode(200)
  @ApiOperation({
    summary: 'OpenAI Responses',
    description:
      'The official `openai` SDK works unchanged. Stateless: nothing is stored, so `previous_response_id`, `conversation` and `background` are refused; send the whole conversation in `input`.',
  })
  @ApiJsonOrStream(RESPONSES_DOCS)
  @ApiChatErrors('openai')
  responses(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.chat.answer(RESPONSES, request, response);
  }

  @Post('messages')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Anthropic Messages',
    description:
      'The official `@anthropic-ai/sdk` and Claude Code work unchanged with their base URL set to this server.',
  })
  @ApiJsonOrStream(MESSAGES_DOCS)
  @ApiChatErrors('anthropic')
  messages(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.chat.answer(MESSAGES, request, response);
  }

  @Post('messages/count_tokens')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Anthropic token count',
    description:
      'Counted by the vendor where the target is Anthropic, else estimated with a tokenizer; an estimate is marked with `"estimated": true` and `x-sluice-estimated: true`.',
  })
  @ApiJson(COUNT_TOKENS_DOCS)
  @ApiChatErrors('anthropic')
  countTokens(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tokens.answer(request, response);
  }

  @Post('embeddings')
  @HttpCode(200)
  @ApiOperation({ summary: 'OpenAI Embeddings' })
  @ApiJson(EMBEDDINGS_DOCS)
  @ApiChatErrors('openai')
  embeddings(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.vectors.answer(request, response);
  }
}
