import { Navigate, Outlet, useLocation, useNavigate } from "react-router";
import { Button } from "../components/Button";
import { Message } from "../components/Message";
import { Loading } from "../components/Notice";
import { useTitle } from "../components/useTitle";
import { LogInForm } from "./LogInForm";
import { start } from "./session";
import { useSession } from "./useSession";

/** Pages for people who are logged in; others go to the log-in, and come back. */
export function Protected() {
  const { state } = useSession();
  const { pathname, search } = useLocation();
  const returnTo = pathname + search;

  switch (state) {
    case "unknown":
      return <Waiting />;
    case "out":
      return <Navigate to="/auth/log-in" state={{ returnTo }} replace />;
    case "in":
      return <Outlet />;
    case "ended":
      return <Ended returnTo={returnTo} />;
    case "failed":
      return <Failed />;
  }
}

/** The log-in; the link that leads here says where to go afterwards. */
export function LogIn() {
  const { state } = useSession();
  const returnTo: string = useLocation().state?.returnTo ?? "/";

  switch (state) {
    case "unknown":
      return <Waiting />;
    case "in":
      return <Navigate to={returnTo} replace />;
    case "failed":
      return <Failed />;
    default:
      return <LogInForm />;
  }
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

function Failed() {
  return (
    <Message title="You could not be logged in">
      <p role="alert">
        Whoever checks who you are did not answer, or not as expected. Nothing of yours is lost.
      </p>
      <Button look="primary" onClick={start}>
        Try again
      </Button>
    </Message>
  );
}

function Ended({ returnTo }: { returnTo: string }) {
  const navigate = useNavigate();
  return (
    <Message title="Your session has ended">
      <p role="alert">Log in again, and you come back to this page.</p>
      <Button look="primary" onClick={() => navigate("/auth/log-in", { state: { returnTo } })}>
        Log in again
      </Button>
    </Message>
  );
}
