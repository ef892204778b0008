import { useEffect } from "react";
import { displayName } from "../../package.json";

/** Gives the document its title: the page's, then the project's. */
export function useTitle(page?: string): void {
  useEffect(() => {
    document.title = page ? `${page} · ${displayName}` : displayName;
  }, [page]);
}
