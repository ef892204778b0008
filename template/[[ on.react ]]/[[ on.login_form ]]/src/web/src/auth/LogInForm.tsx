import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Button } from "../components/Button";
import { Field } from "../components/Field";
import { Failure } from "../components/Notice";
import { useTitle } from "../components/useTitle";
import styles from "./LogInForm.module.css";
import { LogInError, logIn, type Refusal } from "./session";

const WHY: Record<Refusal, string> = {
  "no-account": "There is no account with this e-mail and password.",
  "too-often": "That was tried too often. Wait a few minutes, then try again.",
  "no-answer":
    "Whoever checks who you are did not answer. Look at your connection, then try again.",
  other: "You could not be logged in. Tell whoever administers accounts.",
};

/** Asks who somebody is. */
export function LogInForm() {
  useTitle("Log in");
  const queries = useQueryClient();
  const [refusal, setRefusal] = useState<Refusal>();
  const [busy, setBusy] = useState(false);

  async function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setRefusal(undefined);
    // What the API told one person is not for the next one.
    queries.clear();
    try {
      await logIn(String(form.get("email")), String(form.get("password")));
    } catch (error) {
      setRefusal(error instanceof LogInError ? error.refusal : "no-answer");
      setBusy(false);
    }
  }

  return (
    <>
      <h1>Log in</h1>
      {/* Without the browser's own checks: its bubbles can be neither styled nor read again. */}
      <form noValidate className={styles.form} onSubmit={send}>
        {refusal && <Failure>{WHY[refusal]}</Failure>}
        <Field label="E-mail" name="email" type="email" autoComplete="username" />
        <Field label="Password" name="password" type="password" autoComplete="current-password" />
        <Button look="primary" type="submit" busy={busy}>
          Log in
        </Button>
      </form>
    </>
  );
}
