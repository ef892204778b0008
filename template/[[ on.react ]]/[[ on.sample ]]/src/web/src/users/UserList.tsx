import { Button } from "../components/Button";
import type { User } from "./queries";
import styles from "./UserList.module.css";

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

type Props = {
  users: User[];
  onRename: (user: User) => void;
  onDelete: (user: User) => void;
};

/** Users with what can be done to each. */
export function UserList({ users, onRename, onDelete }: Props) {
  return (
    <ul className={styles.list} aria-label="Users">
      {users.map((user) => (
        <li key={user.id} className={styles.user}>
          <div className={styles.who}>
            <h2>{user.name}</h2>
            <p>{user.email}</p>
          </div>
          <p className={styles.added}>
            Added <time dateTime={user.created_at}>{day.format(new Date(user.created_at))}</time>
          </p>
          <div className={styles.actions}>
            <Button aria-label={`Rename ${user.name}`} onClick={() => onRename(user)}>
              Rename
            </Button>
            <Button aria-label={`Delete ${user.name}`} onClick={() => onDelete(user)}>
              Delete
            </Button>
          </div>
        </li>
      ))}
    </ul>
  );
}
