/** What settings and tokens look like with Auth0. */

export const WRONG_CLAIMS = [{ aud: 'other' }, { aud: ['other', 'another'] }, { aud: undefined }];

/** The variables that let the service trust a tenant at `url`. */
export function variablesOf(url: string): Record<string, string> {
  return { AUTH_ISSUER: `${url}/` };
}

/** What Auth0 claims for the service with these variables about a caller with `roles`. */
export function claimsOf(variables: NodeJS.Dict<string>, roles: string[]) {
  return {
    iss: variables.AUTH_ISSUER,
    aud: variables.AUTH_AUDIENCE,
    [variables.AUTH_ROLES_CLAIM ?? '']: roles,
  };
}
