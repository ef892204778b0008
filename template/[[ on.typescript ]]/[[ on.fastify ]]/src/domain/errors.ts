/** What can go wrong in the domain. The interface decides how to say it. */

/** A rule of the domain does not allow what was asked. */
export class DomainError extends Error {
  override name = this.constructor.name;
}

/** There is no such thing. */
export class NotFoundError extends DomainError {}

/** It clashes with what is there already. */
export class ConflictError extends DomainError {}

/** Values that the domain does not accept: the reason for each, by its field. */
export class InvalidError extends DomainError {
  readonly reasons: Readonly<Record<string, string>>;

  constructor(reasons: Record<string, string>) {
    super(
      Object.entries(reasons)
        .map(([field, reason]) => `${field} ${reason}`)
        .join('; '),
    );
    this.reasons = reasons;
  }
}
