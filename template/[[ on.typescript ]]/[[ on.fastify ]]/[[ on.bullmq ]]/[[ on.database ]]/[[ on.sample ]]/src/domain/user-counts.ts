/** How many users there were, day by day. */

/** The users of a day (UTC) that are still there: created in it, and until its end. */
export interface UserCount {
  /** As ISO 8601 writes it: 2026-01-31. */
  readonly day: string;
  readonly created: number;
  readonly total: number;
}

/** Where users are counted, and the counts kept. */
export interface UserCounts {
  /** How many users were created before that time. */
  createdBefore(time: Date): Promise<number>;

  /** Keep a count; each day has one. */
  keep(count: UserCount): Promise<void>;
}
