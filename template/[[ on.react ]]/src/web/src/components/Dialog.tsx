import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import styles from "./Dialog.module.css";

type Props = {
  title: string;
  /** The Escape key was pressed. */
  onCancel: () => void;
  children: ReactNode;
};

/** A modal dialog, open as long as it is rendered. The browser keeps the focus in it. */
export function Dialog({ title, onCancel, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

  // A layout effect is undone while the element is still there: closing it gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);

  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}
