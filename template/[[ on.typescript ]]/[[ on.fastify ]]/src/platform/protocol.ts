/** What Node's HTTP server refuses before the application sees a request. */

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyBaseLogger } from 'fastify';

import { PROBLEM_JSON, problem } from './errors.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** The error of the server with the code of the parser (llhttp). */
export interface ProtocolError extends Error {
  code?: string;
  reason?: string;
  rawPacket?: Buffer;
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP\/1\.[01]\r\n/;

function refusal(error: ProtocolError): [status: number, detail: string] {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request took too long to arrive.'];
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'The request line and headers are too large.'];
    case 'HPE_INVALID_METHOD':
      // The parser takes the methods that it knows; others may be well-formed requests as well.
      return REQUEST_LINE.test(error.rawPacket?.toString('latin1') ?? '')
        ? [501, 'The method is not known.']
        : [400, 'The request is not valid HTTP.'];
    default:
      return [400, 'The request is not valid HTTP.'];
  }
}

/** Answers what no application ever sees with a problem, and closes the connection. */
export function refuse(log: FastifyBaseLogger, error: ProtocolError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, detail] = refusal(error);
  const requestId = randomUUID();
  const body = problem(status, detail, '', requestId);
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': PROBLEM_JSON,
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
  log.warn({ request_id: requestId, status, detail }, 'request refused');
}
