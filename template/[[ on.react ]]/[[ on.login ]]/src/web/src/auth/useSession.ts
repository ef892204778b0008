import { useSyncExternalStore } from "react";
import { currentSession, type Session, subscribe } from "./session";

/** Who is in front of the page. */
export function useSession(): Session {
  return useSyncExternalStore(subscribe, currentSession);
}
