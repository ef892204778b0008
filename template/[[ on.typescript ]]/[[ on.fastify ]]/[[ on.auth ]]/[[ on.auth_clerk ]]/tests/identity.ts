/** What settings and tokens look like with Clerk. */

export const WRONG_CLAIMS = [
  { azp: 'https://evil.example.com' },
  { sid: undefined },
  { sts: 'pending' },
  { v: 1 },
  { v: undefined },
];

/** The variables that let the service trust an instance at `url`. */
export function variablesOf(url: string): Record<string, string> {
  return { AUTH_ISSUER: url };
}

/**
 * What Clerk claims for the service with these variables about a caller with `roles`.
 * A session has one organization, and a caller one role in it.
 */
export function claimsOf(variables: NodeJS.Dict<string>, [rol]: string[]) {
  return {
    iss: variables.AUTH_ISSUER,
    azp: variables.AUTH_AUTHORIZED_PARTIES?.split(',')[0],
    sid: 'sess_1',
    v: 2,
    o: { id: 'org_1', slg: 'example', rol },
  };
}
