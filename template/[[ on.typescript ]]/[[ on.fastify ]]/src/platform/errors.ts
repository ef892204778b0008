/** Errors that leave the service: problem details (RFC 9457), whoever threw them. */

import { STATUS_CODES } from 'node:http';

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type Static, Type } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';

export const PROBLEM_JSON = 'application/problem+json';

/** Something that the service depends on does not answer: 503, worth another try. */
export class UnavailableError extends Error {
  override name = 'UnavailableError';
}

/** One thing wrong with a request: in its body (`pointer`) or beside it (`parameter`). */
const Violation = Type.Object({
  detail: Type.String(),
  pointer: Type.Optional(Type.String()),
  parameter: Type.Optional(Type.String()),
});
export type Violation = Static<typeof Violation>;

/** What went wrong. Some problems have members of their own besides these. */
export const Problem = Type.Object(
  {
    type: Type.String({ default: 'about:blank' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String(),
    request_id: Type.String(),
    errors: Type.Optional(Type.Array(Violation)),
  },
  { $id: 'Problem', description: 'What went wrong (RFC 9457).', additionalProperties: true },
);

/** A problem as JSON; `detail` and `members` are for the client. */
export function problem(
  status: number,
  detail: string,
  instance: string,
  requestId: string,
  members: object = {},
): string {
  return JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail,
    instance,
    request_id: requestId,
    ...members,
  });
}

/** A problem of this request, as JSON. */
export function requestProblem(
  { id, url }: FastifyRequest,
  status: number,
  detail: string,
  members?: object,
): string {
  return problem(status, detail, url.split('?', 1)[0] ?? '', id, members);
}

/** Answer a request with a problem. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  members?: object,
): FastifyReply {
  const body = requestProblem(reply.request, status, detail, members);
  return reply.code(status).type(PROBLEM_JSON).send(body);
}

/** Answer 422 with what is wrong, thing by thing. */
export function sendInvalid(reply: FastifyReply, errors: Violation[]): FastifyReply {
  return sendProblem(reply, 422, 'The request is not valid.', { errors });
}

/** The violation of a property, at a path from the root of the body or of the parameters. */
export function violation(part: string, path: readonly string[], detail: string): Violation {
  if (part !== 'body') return { detail, parameter: path.join('.') };
  // A JSON pointer as a URI fragment: https://www.rfc-editor.org/rfc/rfc6901#section-6
  const references = path.map((name) =>
    encodeURIComponent(name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')),
  );
  return { detail, pointer: `#${references.map((reference) => `/${reference}`).join('')}` };
}

function violations(part: string, error: TLocalizedValidationError): Violation[] {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((name) =>
        violation(part, [...path, name], 'is missing'),
      );
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) =>
        violation(part, [...path, name], 'is not known'),
      );
    case 'boolean': // What `additionalProperties` says as well.
      return [];
    default:
      return [violation(part, path, error.message)];
  }
}

function onError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.validation) {
    const part = error.validationContext ?? 'body';
    const errors = error.validation as unknown as TLocalizedValidationError[];
    return sendInvalid(
      reply,
      errors.flatMap((each) => violations(part, each)),
    );
  }
  if (error instanceof UnavailableError) {
    request.log.warn({ reason: error.message }, 'dependency unavailable');
    reply.header('retry-after', '1');
    return sendProblem(reply, 503, 'The service is not available at the moment.');
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return sendProblem(reply, status, error.message);
  request.log.error(error, 'unhandled exception');
  return sendProblem(reply, 500, 'The service failed to answer the request.');
}

/** Answers every error of the framework and of the code behind it with problem details. */
export const errors = fp((app, _options, done) => {
  app.addSchema(Problem);
  app.setErrorHandler(onError);
  done();
});
