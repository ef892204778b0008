import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useRouteError } from "react-router";
import { Message } from "../components/Message";
import { Crash } from "../pages/Crash";
import { isForbidden } from "./permissions";

/** Stands in for a page that the service refused, or that failed. */
export function Refused() {
  const error = useRouteError();
  const { reset } = useQueryErrorResetBoundary();

  // Who comes back to the page asks again: a role may have been given meanwhile.
  useEffect(() => reset, [reset]);

  if (!isForbidden(error)) {
    return <Crash />;
  }
  return (
    <Message title="You may not open this page">
      <p>
        You are logged in, and your role does not permit it. Whoever administers accounts can give
        you one that does; it counts from your next log-in.
      </p>
      <Link to="/account">What you may do</Link>
    </Message>
  );
}
