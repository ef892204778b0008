import { useEffect } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { Button } from "../components/Button";
import { Message } from "../components/Message";
import { Loading } from "../components/Notice";
import { useTitle } from "../components/useTitle";
import { logIn, wayBack } from "./session";
import { useSession } from "./useSession";

/** Pages for people who are logged in; others go to the log-in, and come back. */
export function Protected() {
  const session = useSession();
  const { pathname, search } = useLocation();
  const here = pathname + search;

  if (session.state === "in") {
    return <Outlet />;
  }
  if (session.state === "ended") {
    return <Ended returnTo={here} />;
  }
  return <Leaving returnTo={here} />;
}

/** The way to the log-in; the link that leads here says where to come back to. */
export function LogIn() {
  const session = useSession();
  const returnTo: string = useLocation().state?.returnTo ?? "/";
  return session.state === "in" ? (
    <Navigate to={returnTo} replace />
  ) : (
    <Leaving returnTo={returnTo} />
  );
}

/** Where the issuer sends people back to. */
export function Callback() {
  const session = useSession();
  if (session.state === "unknown") {
    return <Waiting />;
  }
  if (session.state === "failed") {
    return <Failed returnTo="/" />;
  }
  return <Navigate to={wayBack()} replace />;
}

function Leaving({ returnTo }: { returnTo: string }) {
  const { state } = useSession();

  useEffect(() => {
    if (state === "out" || state === "ended") {
      logIn(returnTo);
    }
  }, [state, returnTo]);

  return state === "failed" ? <Failed returnTo={returnTo} /> : <Waiting />;
}

function Waiting() {
  useTitle("Log in");
  return (
    <>
      <h1>Log in</h1>
      <Loading label="One moment…" />
    </>
  );
}

function Failed({ returnTo }: { returnTo: string }) {
  return (
    <Message title="You could not be logged in">
      <p role="alert">
        Whoever checks who you are did not answer, or not as expected. Nothing of yours is lost.
      </p>
      <Button look="primary" onClick={() => logIn(returnTo)}>
        Try again
      </Button>
    </Message>
  );
}

function Ended({ returnTo }: { returnTo: string }) {
  return (
    <Message title="Your session has ended">
      <p role="alert">Log in again, and you come back to this page.</p>
      <Button look="primary" onClick={() => logIn(returnTo)}>
        Log in again
      </Button>
    </Message>
  );
}
