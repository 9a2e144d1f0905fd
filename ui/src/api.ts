// Asks Airlock's API, and Airflow's own; both with the session of whoever looks.

import { useCallback, useEffect, useRef, useState } from "react";

/** Below the page's base, so that it works under a path as well. */
export const API = new URL("airlock/", document.baseURI);
const AIRFLOW = new URL("api/v2/", document.baseURI);

/** What an answer says that is no success. `status` is absent where nobody answered. */
export interface Refusal {
  status?: number;
  what: string;
  do: string;
}

export interface Answer<T> {
  data?: T;
  error?: Refusal;
  reload: () => void;
}

export function address(parts: string[], base = API): URL {
  return new URL(parts.map(encodeURIComponent).join("/"), base);
}

interface Got<T> {
  data: T;
  etag: string | null;
}

/** GET below Airlock's API. Throws a Refusal. */
async function get<T>(parts: string[], query: string): Promise<Got<T>> {
  const where = address(parts);
  where.search = query;
  // The browser keeps the last answer under its ETag: an unchanged page costs a header.
  const answer = await asked(where, {});
  return { data: (await answer.json()) as T, etag: answer.headers.get("etag") };
}

/** Start a run of a DAG by Airflow's own API, whose rights and audit log count. Throws a Refusal. */
export async function trigger(dagId: string, conf: Record<string, unknown>): Promise<string> {
  const answer = await asked(address(["dags", dagId, "dagRuns"], AIRFLOW), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ logical_date: null, conf }),
  });
  return ((await answer.json()) as { dag_run_id: string }).dag_run_id;
}

/** Where a run of a DAG stands, by Airflow's own API. Throws a Refusal. */
export async function stateOf(dagId: string, runId: string): Promise<string> {
  const answer = await asked(address(["dags", dagId, "dagRuns", runId], AIRFLOW), {});
  return ((await answer.json()) as { state: string }).state;
}

/** Answer what a task asks, by Airflow's own API: once, by those alone whom it asks. Throws a Refusal. */
export async function respond(dagId: string, runId: string, taskId: string, chosen: string, reason: string): Promise<void> {
  const where = address(["dags", dagId, "dagRuns", runId, "taskInstances", taskId, "-1", "hitlDetails"], AIRFLOW);
  try {
    await asked(where, {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ chosen_options: [chosen], params_input: { reason } }),
    });
  } catch (error) {
    const { status } = error as Refusal;
    if (status === 409) throw { status, what: "Somebody answered before you.", do: "Load the page anew: it says who, and what." };
    if (status === 403) throw { status, what: "This question is not for you.", do: "Its run names who may answer." };
    throw error;
  }
}

/** POST below Airlock's API, with the session of whoever looks. Throws a Refusal. */
export async function send(parts: string[], body: unknown): Promise<void> {
  await asked(address(parts), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function asked(where: URL, how: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(where, { credentials: "same-origin", ...how });
  } catch {
    throw { what: "Airflow does not answer.", do: "Check your connection." } satisfies Refusal;
  }
  if (answer.ok) {
    return answer;
  }
  const said = (await answer.json().catch(() => ({}))) as Partial<Refusal> & { detail?: unknown };
  const detail = typeof said.detail === "string" ? said.detail : undefined;
  throw {
    status: answer.status,
    what: said.what ?? detail ?? `The answer was ${answer.status}.`,
    do: said.do ?? (answer.status === 403 ? "You do not have the right to." : "Try again."),
  } satisfies Refusal;
}

/** Milliseconds between two looks at what does not change: two a minute. */
export const LOOK_MS = 30_000;

/**
 * The answer to a path, asked again as long as somebody looks.
 *
 * @param parts of the path; null asks nothing.
 * @param again milliseconds until it is asked again, by what it said; 0 never. While the answer
 *   stays the same the time doubles, up to LOOK_MS.
 * @param stamp asks anew when it changes.
 * @param query of the address.
 */
export function useAnswer<T>(parts: string[] | null, again: (data: T) => number, stamp = "", query = ""): Answer<T> {
  const key = parts === null ? null : [...parts, query].join("\n");
  const [state, setState] = useState<{ key?: string; data?: T; error?: Refusal }>({});
  const [round, setRound] = useState(0);
  const last = useRef<{ key?: string; etag?: string | null; wait: number }>({ wait: 0 });
  useEffect(() => {
    if (key === null) {
      return undefined;
    }
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = () => setRound((old) => old + 1);
    // Whoever looks at another tab of the browser asks nothing.
    const later = (wait: number) => {
      timer = setTimeout(() => (document.hidden ? later(wait) : next()), wait);
    };
    get<T>(key.split("\n").slice(0, -1), query).then(
      ({ data, etag }) => {
        if (!current) return;
        const same = last.current.key === key && etag !== null && last.current.etag === etag;
        const first = again(data);
        const wait = same ? Math.min(Math.max(2 * last.current.wait, first), LOOK_MS) : first;
        last.current = { key, etag, wait };
        // What is shown stays the same object, so that nothing is drawn anew.
        setState((old) => (same && old.key === key && old.data !== undefined && !old.error ? old : { key, data }));
        if (first > 0) later(wait);
      },
      (error: Refusal) => {
        // What was shown stays where an unchanged page is only asked again.
        if (current) setState((old) => ({ key, data: old.key === key && error.status === undefined ? old.data : undefined, error }));
      },
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `again` decides on what was answered
  }, [key, round, stamp]);
  const reload = useCallback(() => setRound((old) => old + 1), []);
  return { ...(state.key === key ? state : {}), reload };
}
