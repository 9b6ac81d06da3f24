import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Public } from './auth/public.decorator.js';
import { originOf } from './common/origin-of.js';

/** Whoever only knows the address finds the way from here. */
@ApiTags('start')
@Public()
@Controller()
export class RootController {
  @Get()
  @ApiOperation({ summary: 'Where things are; a browser is sent to the documentation' })
  @ApiResponse({ status: 200, description: 'The base URLs of client SDKs, and the pages of this server' })
  @ApiResponse({ status: 302, description: 'For browsers: to the documentation' })
  show(@Req() request: Request, @Res() response: Response): void {
    response.setHeader('vary', 'accept');
    if (request.accepts(['application/json', 'text/html']) === 'text/html') {
      response.redirect('/docs');
      return;
    }
    const origin = originOf(request);
    response.json({
      name: 'Sluice',
      base_urls: { openai: `${origin}/v1`, anthropic: origin },
      chat: '/v1/chat',
      models: '/v1/models',
      docs: '/docs',
      openapi: '/docs-json',
      health: '/health',
      metrics: '/metrics',
    });
  }
}
