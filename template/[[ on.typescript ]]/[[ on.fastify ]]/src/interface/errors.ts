/** How the interface answers to what the domain refuses. */

import fp from 'fastify-plugin';

import { ConflictError, InvalidError, NotFoundError } from '../domain/errors.ts';
import { sendInvalid, sendProblem, violation } from '../platform/errors.ts';

/** Answers the errors of the domain with problem details; all others go to the platform. */
export const domainErrors = fp((api, _options, done) => {
  api.setErrorHandler((error, _request, reply) => {
    if (error instanceof NotFoundError) return sendProblem(reply, 404, error.message);
    if (error instanceof ConflictError) return sendProblem(reply, 409, error.message);
    if (error instanceof InvalidError) {
      const reasons = Object.entries(error.reasons);
      return sendInvalid(
        reply,
        reasons.map(([field, reason]) => violation('body', [field], reason)),
      );
    }
    throw error;
  });
  done();
});
