import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type { IncomingMessage } from 'node:http';
import { AdminKey } from './auth/admin-key.js';
import { GatewayError } from './contract/gateway-error.js';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/**
 * Puts Swagger UI and the OpenAPI document behind the routes: Nest makes them before it calls this hook. In front of them,
 * each request would go through a dozen layers that are for nobody but a reader.
 */
@Injectable()
export class DocsPages implements OnModuleInit {
  private app: NestExpressApplication | undefined;

  serveOn(app: NestExpressApplication): void {
    this.app = app;
  }

  onModuleInit(): void {
    if (this.app !== undefined) serveDocs(this.app);
  }
}

/** Swagger UI at `/docs` and the OpenAPI 3.1 document at `/docs-json`. */
function serveDocs(app: NestExpressApplication): void {
  // Most of helmet's headers speak to pages. JSON and streams get those few that mean something to them at the front door.
  app.use('/docs', helmet({ contentSecurityPolicy: false, strictTransportSecurity: false }));
  const outline = new DocumentBuilder()
    .setTitle('Sluice')
    .setDescription(
      'AI API gateway: one HTTP service between applications and every model vendor. Press *Authorize* and enter a gateway key; on a gateway without keys, callers on the same machine need none. Streams answer with server-sent events: the page shows them when they are complete, `curl -N` as they come.',
    )
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: '`Authorization: Bearer KEY`' }, 'bearer')
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'x-api-key', description: '`x-api-key: KEY`' },
      'x-api-key',
    )
    .build();
  const adminKey = app.get(AdminKey);
  app.use(
    ['/docs', '/docs-json'],
    (request: IncomingMessage, _response: unknown, next: (error?: unknown) => void) => {
      next(adminKey.maySeeOperations(request) ? undefined : adminKeyMissing());
    },
  );
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, outline), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Sluice',
    swaggerOptions: { persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true },
  });
}

function adminKeyMissing(): GatewayError {
  return new GatewayError('invalid_api_key', 'auth.public_operations is off: this page needs the admin key');
}
