/** Text messages by Twilio: https://www.twilio.com/docs/messaging/api. */

import { createHmac, timingSafeEqual } from 'node:crypto';

import { DelegateBackoff, handleWhen, type IRetryBackoffContext, retry } from 'cockatiel';
import type { BaseLogger } from 'pino';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import type { MessageEvent, Messages, TextMessage } from '../domain/messages.ts';
import { InvalidEventError } from '../domain/webhooks.ts';
import type { Settings } from '../platform/settings.ts';
import { Outbound, RETRIES, seconds } from './outbound.ts';

const MAX_FIELDS = 200;

const Message = Type.Object({ sid: Type.String() });

/** What Twilio answered. */
interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** Sends messages from the number TWILIO_SENDER. */
export class TwilioMessages implements Messages {
  readonly #outbound: Outbound;
  readonly #url: string;
  readonly #sender: string;
  readonly #authorization: string;

  constructor(settings: Settings, log: Pick<BaseLogger, 'warn'>) {
    const account = settings.TWILIO_ACCOUNT_SID;
    const credentials = Buffer.from(`${account}:${settings.TWILIO_AUTH_TOKEN}`);
    this.#outbound = new Outbound('Twilio', settings, log);
    this.#url = new URL(
      `/2010-04-01/Accounts/${account}/Messages.json`,
      settings.TWILIO_API_BASE,
    ).href;
    this.#sender = settings.TWILIO_SENDER;
    this.#authorization = `Basic ${credentials.toString('base64')}`;
  }

  send({ to, text }: TextMessage): Promise<string> {
    const fields = new URLSearchParams({ To: to, From: this.#sender, Body: text });
    return this.#outbound.call(async (signal) => {
      const answer = await this.#answer(fields, signal);
      if (answer.status < 200 || answer.status > 299) {
        throw this.#outbound.failure('not sent', answer.status, answer.retryAfter);
      }
      const sid = sidIn(answer.body);
      if (sid === undefined) throw this.#outbound.failure('an answer of another structure', 200);
      return sid;
    });
  }

  async #answer(fields: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    try {
      return await repeating.execute(() => this.#post(fields, signal), signal);
    } catch (error) {
      // What fetch throws; the code says why.
      if (error instanceof TypeError) throw this.#outbound.failure(codeOf(error) ?? 'no answer');
      throw error;
    }
  }

  async #post(body: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { authorization: this.#authorization },
      body,
      redirect: 'manual',
      signal,
    });
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      body: await response.text(),
    };
  }
}

/** What fetch says when a request never left this machine. */
const UNSENT = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Repeats what was surely not taken. Anything else may have been sent, and would be a second message. */
const repeating = retry(
  handleWhen((error) => UNSENT.has(codeOf(error) ?? '')).orWhenResult(isLimited),
  { maxAttempts: RETRIES, backoff: new DelegateBackoff(pause) },
);

function codeOf(error: unknown): string | undefined {
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code;
}

function isLimited(answer: unknown): answer is Answer {
  return (answer as Answer).status === 429;
}

/** The milliseconds until the next attempt: what Twilio asks for, else longer each time, with jitter. */
function pause({ attempt, result }: IRetryBackoffContext<unknown>): number {
  const asked = 'value' in result && isLimited(result.value) && seconds(result.value.retryAfter);
  return asked ? asked * 1000 : 500 * 2 ** (attempt - 1) + 500 * Math.random();
}

function sidIn(text: string): string | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return Value.Check(Message, message) ? message.sid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The event in a webhook's form, whose header X-Twilio-Signature is `signature`.
 *
 * `url` is the address as Twilio called it. Throws InvalidEventError unless one of the secrets
 * signed both: https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */
export function readEvent(
  url: string,
  body: Buffer,
  signature: string,
  secrets: readonly string[],
): MessageEvent {
  const fields = new URLSearchParams(body.toString());
  if (fields.size > MAX_FIELDS) throw new InvalidEventError('too many fields');
  // Twilio leaves the port out of some addresses that have one.
  const addresses = [url, url.replace(/^(https?:\/\/[^/]+):\d+\//, '$1/')];
  const signed = secrets.some((secret) =>
    addresses.some((address) => isEqual(sign(secret, address, fields), signature)),
  );
  if (!signed) throw new InvalidEventError('the signature is of another request or secret');
  const messageId = fields.get('MessageSid');
  const status = fields.get('MessageStatus') || fields.get('SmsStatus');
  if (!messageId || !status) throw new InvalidEventError('not an event of a message');
  return { messageId, status };
}

/** What X-Twilio-Signature holds for a form that is posted to `url`. */
export function sign(secret: string, url: string, fields: URLSearchParams): string {
  const names = [...new Set(fields.keys())].sort();
  const parts = names.flatMap((name) =>
    [...new Set(fields.getAll(name))].sort().map((value) => name + value),
  );
  return createHmac('sha1', secret)
    .update(url + parts.join(''))
    .digest('base64');
}

function isEqual(good: string, given: string): boolean {
  const [one, other] = [Buffer.from(good), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
