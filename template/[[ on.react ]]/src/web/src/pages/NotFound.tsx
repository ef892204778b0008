import { Link } from "react-router";
import { Message } from "../components/Message";

/** No page has this address. */
export function NotFound() {
  return (
    <Message title="Page not found">
      <p>There is no page at this address. It may have moved, or the link may be wrong.</p>
      <Link to="/">Go to the first page</Link>
    </Message>
  );
}
