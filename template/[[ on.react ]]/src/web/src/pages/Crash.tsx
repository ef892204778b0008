import { Button } from "../components/Button";
import { Message } from "../components/Message";

/** A page failed. React has written the error to the console; here stands what to do now. */
export function Crash() {
  return (
    <Message title="Something went wrong">
      <p>This page could not be shown. The mistake is ours; what you saved before is safe.</p>
      <Button look="primary" onClick={() => window.location.reload()}>
        Load it again
      </Button>
    </Message>
  );
}
