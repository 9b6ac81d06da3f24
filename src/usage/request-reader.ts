import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../storage/database.js';
import type { RequestBodiesTable, RequestLogTable } from '../storage/tables.js';
import type { RequestFilter, RequestPosition } from './request-filter.js';
import { requestPage } from './request-page.js';

export interface RequestPage {
  readonly rows: readonly RequestLogTable[];
  /** Of the last row; absent on the last page. */
  readonly next: RequestPosition | undefined;
}

export interface FoundRequest {
  readonly row: RequestLogTable;
  /** Absent where none were kept. */
  readonly bodies: Pick<RequestBodiesTable, 'request' | 'response'> | undefined;
}

/** Reads the request log. Its methods throw what the database throws. */
@Injectable()
export class RequestReader {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async page(filter: RequestFilter, after: RequestPosition | undefined, limit: number): Promise<RequestPage> {
    // One more than fits says whether there is another page.
    const { rows } = await this.database.run((db) =>
      requestPage(this.database.dialect, filter, after, limit + 1).execute(db),
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      rows: page,
      next: rows.length > limit && last !== undefined ? { at: last.at, id: last.id } : undefined,
    };
  }

  /** The newest one of that id, which a caller may have used twice. */
  async find(requestId: string): Promise<FoundRequest | undefined> {
    const { rows } = await this.database.run((db) =>
      sql<RequestLogTable & BodyColumns>`
        SELECT found.*, body.id AS body_id, body.request AS body_request, body.response AS body_response
        FROM (SELECT * FROM request_log WHERE request_id = ${requestId} ORDER BY at DESC, id DESC LIMIT 1) AS found
        LEFT JOIN request_bodies AS body ON body.at = found.at AND body.id = found.id`.execute(db),
    );
    const [found] = rows;
    if (found === undefined) return undefined;
    const { body_id, body_request, body_response, ...row } = found;
    return {
      row,
      bodies: body_id === null ? undefined : { request: body_request, response: body_response },
    };
  }
}

interface BodyColumns {
  readonly body_id: string | null;
  readonly body_request: string | null;
  readonly body_response: string | null;
}
