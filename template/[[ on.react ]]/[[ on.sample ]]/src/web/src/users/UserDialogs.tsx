import { type FormEvent, type ReactNode, useEffect, useRef } from "react";
import { explain, ProblemError } from "../api/problem";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { Failure } from "../components/Notice";
import { type User, useCreateUser, useDeleteUser, useRenameUser } from "./queries";
import styles from "./UserDialogs.module.css";

// The service decides what is valid; these words say it to a person.
const NAME = "Enter a name of 1 to 80 characters.";
const EMAIL = "Enter an e-mail address such as ada@example.com.";

type Closing = {
  onCancel: () => void;
  /** It is done; the message says what. */
  onDone: (message: string) => void;
};

/** Asks for a new user. */
export function NewUser({ onCancel, onDone }: Closing) {
  const creation = useCreateUser((user) => onDone(`${user.name} was added.`));
  const { refused, other } = readError(creation.error);
  const taken = isConflict(creation.error) ? creation.error.message : undefined;

  function send(form: FormData) {
    creation.mutate({ name: text(form, "name"), email: text(form, "email") });
  }

  return (
    <Dialog title="Add a user" onCancel={onCancel}>
      <Form error={creation.error} onSend={send}>
        {other && !taken && <Failure>{other}</Failure>}
        <Field
          label="Name"
          name="name"
          autoComplete="off"
          error={refused.includes("name") ? NAME : undefined}
        />
        <Field
          label="E-mail"
          name="email"
          type="email"
          autoComplete="off"
          error={refused.includes("email") ? EMAIL : taken}
        />
        <Actions onCancel={onCancel}>
          <Button look="primary" type="submit" busy={creation.isPending}>
            Add user
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}

/** Asks for another name of a user. */
export function RenameUser({ user, onCancel, onDone }: Closing & { user: User }) {
  const renaming = useRenameUser(user, ({ name }) => onDone(`${user.name} is now ${name}.`));
  const { refused, other } = readError(renaming.error);

  return (
    <Dialog title={`Rename ${user.name}`} onCancel={onCancel}>
      <Form error={renaming.error} onSend={(form) => renaming.mutate(text(form, "name"))}>
        {other && <Failure>{other}</Failure>}
        <Field
          label="Name"
          name="name"
          autoComplete="off"
          defaultValue={user.name}
          error={refused.includes("name") ? NAME : undefined}
        />
        <Actions onCancel={onCancel}>
          <Button look="primary" type="submit" busy={renaming.isPending}>
            Rename
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}

/** Asks whether a user is to be deleted. */
export function DeleteUser({ user, onCancel, onDone }: Closing & { user: User }) {
  const deletion = useDeleteUser(user, () => onDone(`${user.name} was deleted.`));

  return (
    <Dialog title={`Delete ${user.name}?`} onCancel={onCancel}>
      <div className={styles.form}>
        {deletion.error && <Failure>{explain(deletion.error)}</Failure>}
        <p>{user.email} will no longer be known. This cannot be undone.</p>
        <Actions onCancel={onCancel}>
          <Button look="danger" busy={deletion.isPending} onClick={() => deletion.mutate()}>
            Delete user
          </Button>
        </Actions>
      </div>
    </Dialog>
  );
}

type FormProps = { error: Error | null; onSend: (form: FormData) => void; children: ReactNode };

function Form({ error, onSend, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (error) {
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    }
  }, [error]);

  function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    onSend(new FormData(event.currentTarget));
  }
  // Without the browser's own checks: its bubbles can be neither styled nor read again.
  return (
    <form ref={form} noValidate className={styles.form} onSubmit={send}>
      {children}
    </form>
  );
}

function Actions({ onCancel, children }: { onCancel: () => void; children: ReactNode }) {
  return (
    <div className={styles.actions}>
      <Button onClick={onCancel}>Cancel</Button>
      {children}
    </div>
  );
}

function text(form: FormData, name: string): string {
  return String(form.get(name) ?? "");
}

/** The fields that were refused, and what else to say of an error. */
function readError(error: Error | null): { refused: string[]; other: string | undefined } {
  const refused = error instanceof ProblemError ? error.fields : [];
  return { refused, other: error && refused.length === 0 ? explain(error) : undefined };
}

// A conflict can only be about the address: nothing else is unique.
function isConflict(error: Error | null): error is ProblemError {
  return error instanceof ProblemError && error.status === 409;
}
