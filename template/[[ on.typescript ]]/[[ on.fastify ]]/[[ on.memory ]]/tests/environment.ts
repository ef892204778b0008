/** What a service under test needs around it. */

/** Variables that differ from those of .env.example, and how to remove what they lead to. */
export async function testEnvironment() {
  return { variables: {}, remove: async () => {} };
}
