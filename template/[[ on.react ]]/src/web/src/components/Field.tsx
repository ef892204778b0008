import { type ComponentProps, useId } from "react";
import styles from "./Field.module.css";

type Props = ComponentProps<"input"> & {
  label: string;
  /** What is wrong with the value. */
  error?: string | undefined;
};

/** A text field with its label and, where its value is refused, the reason. */
export function Field({ label, error, ...rest }: Props) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        {...rest}
        id={id}
        className={styles.input}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
      />
      {error !== undefined && (
        <p id={`${id}-error`} className={styles.error}>
          {error}
        </p>
      )}
    </div>
  );
}
