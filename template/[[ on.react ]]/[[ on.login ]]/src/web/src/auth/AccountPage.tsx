import { useQuery } from "@tanstack/react-query";
import { explain } from "../api/problem";
import { Button } from "../components/Button";
import { Empty, Failure, Loading } from "../components/Notice";
import { useTitle } from "../components/useTitle";
import styles from "./AccountPage.module.css";
import { me } from "./permissions";
import { useSession } from "./useSession";

/** Who somebody is to the issuer, and what they may do here. */
export function AccountPage() {
  useTitle("Your account");
  const session = useSession();
  const { data, error, isPending, refetch } = useQuery(me);
  const user = session.state === "in" ? session.user : undefined;

  return (
    <>
      <h1>Your account</h1>
      <p className={styles.who}>
        {user?.name}
        {user?.email && ` (${user.email})`}
      </p>
      {isPending && <Loading label="Asking what you may do…" />}
      {error && (
        <Failure>
          <p>{explain(error)}</p>
          <Button onClick={() => refetch()}>Try again</Button>
        </Failure>
      )}
      {data?.permissions.length === 0 && (
        <Empty title="You may do nothing yet">
          <p>Whoever administers accounts can give you a role.</p>
        </Empty>
      )}
      {data && data.permissions.length > 0 && (
        <section aria-labelledby="permissions">
          <h2 id="permissions">What you may do</h2>
          <ul className={styles.permissions} aria-labelledby="permissions">
            {data.permissions.map((permission) => (
              <li key={permission}>
                <code>{permission}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
