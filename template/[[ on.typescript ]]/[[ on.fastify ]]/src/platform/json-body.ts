/** JSON that comes in: well-formed UTF-8 and nothing else. */

import fp from 'fastify-plugin';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Answers 400 to a body that is no UTF-8, where Fastify would put replacement characters in. */
export const jsonBody = fp((app, _options, done) => {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, parsed) => {
      let text: string;
      try {
        text = utf8.decode(body);
      } catch {
        parsed(Object.assign(new Error('The body is not valid UTF-8.'), { statusCode: 400 }));
        return;
      }
      parse(request, text, parsed);
    },
  );
  done();
});
