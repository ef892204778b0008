import type { ReactNode } from "react";
import styles from "./Notice.module.css";

/** Something failed: what it was, and what can be done. Read aloud at once. */
export function Failure({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className={`${styles.notice} ${styles.failure}`}>
      {children}
    </div>
  );
}

/** Nothing is here yet: why, and how that changes. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Something is on its way. */
export function Loading({ label }: { label: string }) {
  return (
    <p role="status" className={styles.loading}>
      <span className={styles.spinner} aria-hidden="true" />
      {label}
    </p>
  );
}
