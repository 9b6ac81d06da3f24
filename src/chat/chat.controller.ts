import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { OPENAI_CHAT_INBOUND } from '../formats/openai-chat/openai-chat.format.js';
import { SIMPLE_CHAT_INBOUND } from '../formats/simple-chat/simple-chat.format.js';
import { ApiChatErrors, ApiJsonOrStream, ApiKeyAuth } from '../common/api.decorators.js';
import { ChatService } from './chat.service.js';
import { CHAT_COMPLETION_DOCS, SIMPLE_CHAT_DOCS } from './chat.docs.js';

/** One route per wire format; each hands its format to the same service. */
@ApiTags('chat')
@ApiKeyAuth()
@Controller('v1')
export class ChatController {
  constructor(private readonly chat: ChatService) {}

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
    return this.chat.answer(SIMPLE_CHAT_INBOUND, request, response);
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
    return this.chat.answer(OPENAI_CHAT_INBOUND, request, response);
  }
}
