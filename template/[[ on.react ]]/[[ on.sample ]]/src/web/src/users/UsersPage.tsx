import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { explain } from "../api/problem";
import { Button } from "../components/Button";
import { Empty, Failure, Loading } from "../components/Notice";
import { useTitle } from "../components/useTitle";
import { type User, users } from "./queries";
import { DeleteUser, NewUser, RenameUser } from "./UserDialogs";
import { UserList } from "./UserList";
import styles from "./UsersPage.module.css";

type Asking = { for: "new" } | { for: "name" | "deletion"; user: User };

/** All users; they are added, renamed and deleted here. */
export function UsersPage() {
  useTitle("Users");
  const heading = useRef<HTMLHeadingElement>(null);
  const [asking, setAsking] = useState<Asking>();
  const [done, setDone] = useState("");
  const list = useInfiniteQuery(users);

  // The button that opened the dialog may be gone.
  useEffect(() => {
    if (done) {
      heading.current?.focus();
    }
  }, [done]);

  function ask(question: Asking) {
    setDone("");
    setAsking(question);
  }
  const dialog = {
    onCancel: () => setAsking(undefined),
    onDone: (message: string) => {
      setAsking(undefined);
      setDone(message);
    },
  };

  return (
    <>
      <div className={styles.head}>
        <h1 ref={heading} tabIndex={-1}>
          Users
        </h1>
        <Button look="primary" onClick={() => ask({ for: "new" })}>
          Add user
        </Button>
      </div>
      <p role="status" className={styles.done}>
        {done}
      </p>
      {list.isPending && <Loading label="Loading users…" />}
      {list.isError && (
        <Failure>
          <p>{explain(list.error)}</p>
          <Button onClick={() => list.refetch()}>Try again</Button>
        </Failure>
      )}
      {list.data?.length === 0 && (
        <Empty title="No users yet">
          <p>Add the first one, and it appears here.</p>
        </Empty>
      )}
      {list.data && list.data.length > 0 && (
        <UserList
          users={list.data}
          onRename={(user) => ask({ for: "name", user })}
          onDelete={(user) => ask({ for: "deletion", user })}
        />
      )}
      {list.hasNextPage && (
        <div className={styles.more}>
          <Button busy={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
            Show more users
          </Button>
        </div>
      )}
      {asking?.for === "new" && <NewUser {...dialog} />}
      {asking?.for === "name" && <RenameUser user={asking.user} {...dialog} />}
      {asking?.for === "deletion" && <DeleteUser user={asking.user} {...dialog} />}
    </>
  );
}
