import { Link, NavLink, useLocation } from "react-router";
import { Button } from "../components/Button";
import styles from "./AccountMenu.module.css";
import { logOut } from "./session";
import { useSession } from "./useSession";

/** In the header: who is logged in, and the way in or out. */
export function AccountMenu() {
  const session = useSession();
  const { pathname, search } = useLocation();

  if (session.state === "unknown") {
    return null;
  }
  if (session.state !== "in") {
    return (
      <Link className={styles.link} to="/auth/log-in" state={{ returnTo: pathname + search }}>
        Log in
      </Link>
    );
  }
  return (
    <div className={styles.menu}>
      <NavLink
        className={`${styles.link}`}
        to="/account"
        aria-label={`Account: ${session.user.name}`}
      >
        {session.user.name}
      </NavLink>
      <Button onClick={logOut}>Log out</Button>
    </div>
  );
}
