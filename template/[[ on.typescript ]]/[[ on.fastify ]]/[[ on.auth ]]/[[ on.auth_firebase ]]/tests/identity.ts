/** What settings and tokens look like with Firebase Authentication. */

export const WRONG_CLAIMS = [
  { aud: 'other' },
  { aud: undefined },
  { iss: 'https://securetoken.google.com/other' },
  { auth_time: undefined },
];

/** The variables that let the service take its keys from `url`. */
export function variablesOf(url: string): Record<string, string> {
  return { AUTH_JWKS_URL: `${url}/jwks.json` };
}

/** What Firebase claims for the service with these variables about a caller with `roles`. */
export function claimsOf(variables: NodeJS.Dict<string>, roles: string[]) {
  const project = variables.FIREBASE_PROJECT_ID;
  return {
    iss: `https://securetoken.google.com/${project}`,
    aud: project,
    auth_time: Math.floor(Date.now() / 1000),
    firebase: { sign_in_provider: 'password' },
    [variables.AUTH_ROLES_CLAIM ?? '']: roles,
  };
}
