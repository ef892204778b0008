import type { ReactNode } from "react";
import styles from "./Message.module.css";
import { useTitle } from "./useTitle";

/** A page that has nothing but something to say. */
export function Message({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <div className={styles.message}>
      <h1>{title}</h1>
      {children}
    </div>
  );
}
