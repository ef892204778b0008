import type { ComponentProps } from "react";
import styles from "./Button.module.css";

type Props = ComponentProps<"button"> & {
  /** `danger` for what cannot be taken back. */
  look?: "primary" | "plain" | "danger";
  /** While it works: it says so, and takes no second click. */
  busy?: boolean;
};

/** A button; it does not send a form unless its type says so. */
export function Button({ look = "plain", busy = false, className, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      // Not `disabled`: the button would lose the focus, and with it the reader's place.
      aria-disabled={busy}
      aria-busy={busy}
      className={[styles.button, styles[look], className].filter(Boolean).join(" ")}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    />
  );
}
